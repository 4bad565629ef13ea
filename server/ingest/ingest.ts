import type { AppendResult, BufferedAppend } from '../../db/buffer/event-buffer.js'
import type { JobRequests } from '../../db/queues.js'
import type { SourceIdentity } from '../../db/sessions.js'
import type { RejectedEvent } from '../../protocol/batch.js'
import { ExplainedError } from '../../protocol/errors.js'
import type { RedisBudget } from '../limits/redis-budget.js'
import type { AdmissionContext, AdmittedSource } from './admission.js'
import { admitSource, asTryLater, closed } from './admission.js'
import type { Appender } from './appender.js'
import type { CandidateTypes } from './candidate-types.js'
import { type CheckedBatch, checkBatch, type Writer } from './check-batch.js'
import { SourceTimeline } from './source-time.js'
import type { BatchTraces } from './trace-batches.js'

export interface IngestContext extends AdmissionContext {
  appender: Appender
  jobs: JobRequests
  limits: { dueEvents: number; backlogSlowEvents: number }
  /** Of all sessions together. */
  budget: RedisBudget
  /** What candidates may send [R9]; all of theirs where absent. */
  candidateTypes?: CandidateTypes | undefined
  /** Called with every batch that was appended and is watched. */
  onWatched: (live: AppendedBatch) => void
  /** Null where nothing is traced. */
  traces: BatchTraces | null
  onAppended?: (appended: { events: number; rejected: number; clockFar: number; late: boolean }) => void
}

export interface AppendedBatch {
  sessionId: string
  epoch: number
  source: number
  /** Of the first new event. */
  firstSessionSeq: number
  firstSourceSeq: number
  lines: string[]
  late: boolean
}

export type IngestResult =
  | {
      kind: 'ok'
      receivedSeq: number
      committedSeq: number
      rejected: RejectedEvent[]
      /** How many of the batch's events were there already. */
      skipped: number
      retryAfterMs?: number
    }
  | Exclude<AppendResult, { kind: 'ok' }>

/**
 * A tab knows the service's clock as well as its connection lets it. What it recorded just before its session was closed, the
 * submission above all, must not be refused as made after it [R12].
 */
const TAB_CLOCK_AHEAD_MS = 5_000

/** How long a recorder whose session's flush falls behind is asked to hold back. */
const SLOW_DOWN_MS = 1000

/** The one way in for every event, from sockets and over HTTP: as {@link ingestBatch}, traced where that is configured. */
export function takeBatch(
  context: IngestContext,
  source: AdmittedSource,
  writer: Writer,
  raw: unknown,
): Promise<IngestResult> {
  const { traces } = context
  if (traces === null) return ingestBatch(context, source, writer, raw)
  return traces.ofBatch(source, raw, () => ingestBatch(context, source, writer, raw))
}

/**
 * Checks a batch and appends it.
 * Throws RecorderError for a batch that can't be taken as a whole, and rejects with TRY_LATER where Redis is away or full.
 *
 * The check is over when this returns, and nobody may hold `raw` while Redis answers: of what hundreds of connections have under way,
 * the parsed events would be copied by each collection of garbage, for a fifth of all that ingest costs here.
 */
function ingestBatch(
  context: IngestContext,
  source: AdmittedSource,
  writer: Writer,
  raw: unknown,
): Promise<IngestResult> {
  context.budget.check()
  return appendBatch(context, source, writer, checkBatch(raw, writer, context.clock()))
}

async function appendBatch(
  context: IngestContext,
  source: AdmittedSource,
  writer: Writer,
  batch: CheckedBatch,
): Promise<IngestResult> {
  const { budget } = context
  let result: AppendResult
  try {
    result = await context.appender.append(bufferedAppend(source, batch, earliestMs(batch, writer)))
  } catch (error) {
    throw asTryLater(error)
  }
  if (result.kind !== 'ok') return result
  writer.timeline.received(result.receivedSeq)
  afterAppend(context, source, batch, result)
  const backlogMs = result.backlogEvents > context.limits.backlogSlowEvents ? SLOW_DOWN_MS : 0
  const retryAfterMs = Math.max(backlogMs, budget.retryAfterMs)
  const { receivedSeq, committedSeq } = result
  return {
    kind: 'ok',
    receivedSeq,
    committedSeq,
    rejected: batch.rejected,
    skipped: result.skipped,
    ...(retryAfterMs > 0 ? { retryAfterMs } : {}),
  }
}

/** Field by field: spread of two objects, this was 5 to 7 % of all that a server does. */
const bufferedAppend = (
  { sessionId, epoch, source, fence }: AdmittedSource,
  { firstSeq, count, lastTimestampMs, lines }: CheckedBatch,
  firstTimestampMs: number,
): BufferedAppend => ({
  sessionId,
  epoch,
  source,
  fence,
  firstSeq,
  count,
  firstTimestampMs,
  lastTimestampMs,
  lines,
})

/** When the first event of the batch may have been made at the earliest, which decides whether it was before the close. */
const earliestMs = ({ firstTimestampMs }: CheckedBatch, { role }: Writer): number =>
  role === 'candidate' ? firstTimestampMs - TAB_CLOCK_AHEAD_MS : firstTimestampMs

/** What follows an append: it is counted, shown to watchers, and flushed where that is due. */
export function afterAppend(
  context: IngestContext,
  source: Pick<AdmittedSource, 'sessionId' | 'epoch' | 'source'>,
  batch: CheckedBatch,
  result: Extract<AppendResult, { kind: 'ok' }>,
): void {
  const fresh = batch.count - result.skipped
  if (fresh <= 0) return
  context.budget.appended(batch.lines.length)
  const { rejected, clockFar } = batch
  context.onAppended?.({ events: fresh, rejected: rejected.length, clockFar, late: result.late })
  if (result.watchedUntilMs > context.clock()) {
    context.onWatched({
      sessionId: source.sessionId,
      epoch: source.epoch,
      source: source.source,
      firstSessionSeq: result.firstSessionSeq,
      firstSourceSeq: batch.firstSeq + result.skipped,
      lines: batch.lines.split('\n').slice(result.skipped),
      late: result.late,
    })
  }
  // The sweep would find the session within a second; asking at once keeps the backlog short. Only the batch
  // that crosses the line asks, not each one after it.
  const { dueEvents } = context.limits
  const crossed = result.backlogEvents >= dueEvents && result.backlogEvents - fresh < dueEvents
  if (crossed || result.late) {
    context.jobs.flush(context.buffer.keys.shardOf(source.sessionId)).catch(() => {})
  }
}

const APPEND_ATTEMPTS = 4

/**
 * Appends for a writer without a connection: admits its source, and again where the epoch changed under it.
 * @param raw a batch; a firstSeq of `'next'` continues behind what the source has
 * Throws RecorderError.
 */
export async function ingestOnce(
  context: IngestContext,
  sessionId: string,
  identity: SourceIdentity,
  batch: { firstSeq: number | 'next'; events: unknown; traceparent?: string | undefined },
): Promise<Extract<IngestResult, { kind: 'ok' }> & { source: number; lastSeq: number }> {
  for (let attempt = 0; attempt < APPEND_ATTEMPTS; attempt++) {
    const source = await admitSource(context, sessionId, identity, null, 'none')
    const timeline = new SourceTimeline(source.receivedSeq, source.lastTimestampMs)
    const writer = { role: identity.role, timeline, candidateTypes: context.candidateTypes }
    const firstSeq = batch.firstSeq === 'next' ? source.receivedSeq + 1 : batch.firstSeq
    const result = await takeBatch(context, source, writer, { ...batch, firstSeq })
    if (result.kind === 'ok') {
      const lastSeq = firstSeq + (batch.events as unknown[]).length - 1
      return { ...result, source: source.source, lastSeq }
    }
    if (result.kind === 'gap') {
      throw new ExplainedError('BATCH_GAP', 'Events before this batch are missing.', {
        expectedSeq: result.expectedSeq,
      })
    }
    if (result.kind === 'closed') throw closed()
  }
  throw new ExplainedError('TRY_LATER', 'The buffer of this session is moving.')
}
