import { PAST_THE_SEAL } from '../db/buffer/event-buffer.js'
import { decodeEventLine, type EventLine, encodeEventLine } from '../db/buffer/event-line.js'
import { ensureEpoch } from '../db/epochs.js'
import { quarantinedLine, REPAIR_SUB, refusalOf, repairSourceId } from '../db/quarantine.js'
import { readEvents, type Stores } from '../db/read-events.js'
import { identityOf, registerSource } from '../db/sessions.js'
import { ExplainedError } from '../protocol/errors.js'
import type { RecordedEvent } from '../protocol/events.js'
import { sessionNotFound } from './auth/tokens.js'
import { flushNow } from './await-flush.js'
import { asTryLater } from './ingest/admission.js'
import { afterAppend, type IngestContext } from './ingest/ingest.js'

const ATTEMPTS = 5

/**
 * Appends what was set aside of a session under `seq` once more, as an event that replaces it [R5]: through the buffer and
 * the flush like any other, of a closed session too, whose archive is made again. Asked again, or twice at once, it is
 * there once: each has a source of its own, of one event.
 * Throws RecorderError NOT_FOUND, STILL_REFUSED, SESSION_NOT_FOUND or TRY_LATER.
 */
export async function replayQuarantined(
  context: IngestContext,
  stores: Stores,
  sessionId: string,
  seq: number,
): Promise<void> {
  const line = readLine(await quarantinedLine(stores.db, sessionId, seq), seq)
  const place = await quarantinedEvent(stores, sessionId, seq)
  await refuseIfStillRefused(stores, sessionId, line, place)
  await append(context, sessionId, seq, repairOf(line, place))
  await flushNow(context, sessionId)
}

function readLine(text: string | null, seq: number): EventLine {
  if (text === null) throw new ExplainedError('NOT_FOUND', `Nothing was set aside under ${seq}.`)
  if (text === '') throw new ExplainedError('STILL_REFUSED', 'A redaction has taken its content away.')
  try {
    const line = decodeEventLine(text)
    JSON.parse(line.dataJson)
    return line
  } catch {
    throw new ExplainedError('STILL_REFUSED', 'What is kept of it can not be read.')
  }
}

/** The event in the place of what was set aside, wherever the recording is. */
async function quarantinedEvent(stores: Stores, sessionId: string, seq: number): Promise<RecordedEvent> {
  const { events } = await readEvents(stores, sessionId, { afterSeq: seq - 1, throughSeq: seq, limit: 1 })
  const [event] = events
  if (event?.type !== 'quarantined')
    throw new ExplainedError('NOT_FOUND', `Nothing was set aside under ${seq}.`)
  return event
}

/** Of a repair that was refused itself, the repair of what that was to replace. */
function repairOf(line: EventLine, { seq, source, sourceSeq }: RecordedEvent): EventLine {
  const { replaces = seq, original = { source, sourceSeq }, ...meta } = line.meta ?? {}
  return { ...line, meta: { replaces, original, ...meta } }
}

async function refuseIfStillRefused(
  { db }: Stores,
  sessionId: string,
  line: EventLine,
  { seq, source, sourceSeq }: RecordedEvent,
): Promise<void> {
  const { timestampMs, type, fileId, checkpoint, dataJson } = line
  const event = { seq, source, sourceSeq, timestampMs, type, fileId, checkpoint, dataJson }
  const refusal = await refusalOf(db, sessionId, { ...event, receivedAtMs: timestampMs })
  if (refusal)
    throw new ExplainedError('STILL_REFUSED', `The database refuses it (SQLSTATE ${refusal.code}).`)
}

async function append(
  context: IngestContext,
  sessionId: string,
  seq: number,
  line: EventLine,
): Promise<void> {
  const { db, buffer, policy, clock, appender, budget } = context
  budget.check()
  const identity = { role: 'service' as const, sub: REPAIR_SUB, sourceId: repairSourceId(seq) }
  const { timestampMs } = line
  const batch = {
    firstSeq: 1,
    count: 1,
    firstTimestampMs: timestampMs,
    lastTimestampMs: timestampMs,
    lines: encodeEventLine(line),
    clockFar: 0,
    rejected: [],
  }
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const known = await registerSource(db, sessionId, identity, null)
      if (known === null || known === 'full') throw sessionNotFound()
      const meta = await buffer.meta(sessionId)
      const epoch = await ensureEpoch(db, buffer, policy, sessionId, meta, clock())
      if (epoch === null) throw sessionNotFound()
      const { source, committedSeq } = known
      const writer = { source, identity: identityOf(identity), committedSeq }
      const admitted = await buffer.admit(sessionId, epoch, writer, 'none', clock())
      if (typeof admitted === 'string') continue
      const result = await appender.append({ sessionId, epoch, source, fence: PAST_THE_SEAL, ...batch })
      if (result.kind !== 'ok') continue
      return afterAppend(context, { sessionId, epoch, source }, batch, result)
    }
  } catch (error) {
    throw asTryLater(error)
  }
  throw new ExplainedError('TRY_LATER', 'The buffer of this session is moving.')
}
