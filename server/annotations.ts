import { type NotAdded, rateTurn } from '../db/annotations.js'
import { readEvents, type Stores } from '../db/read-events.js'
import { getSession, type SessionRow } from '../db/sessions.js'
import { ExplainedError, type RecorderError } from '../protocol/errors.js'
import type { RecordedEvent } from '../protocol/events.js'
import { partOf } from '../protocol/parts.js'
import { type Claims, sessionNotFound } from './auth/tokens.js'
import { COMMIT_WAIT_MS, flushNow, pollUntil } from './await-flush.js'
import type { IngestContext } from './ingest/ingest.js'

/** The refusal of what could not be added to the annotations log. */
export const notAdded = (why: NotAdded): RecorderError =>
  why === 'full'
    ? new ExplainedError('ANNOTATIONS_FULL', 'This session has as many annotations as it may have.')
    : sessionNotFound()

/**
 * Rates a turn of the chat, 1–5, or takes its rating away (null), wherever the session is. A turn that is not committed
 * has no final seq, so that is waited for. Throws RecorderError, StoreError or ArchiveError.
 */
export async function rate(
  { ingest, stores }: { ingest: IngestContext; stores: Stores },
  claims: Claims,
  sessionId: string,
  seq: number,
  value: number | null,
): Promise<void> {
  await turnAt(stores, sessionId, seq)
  await committed(ingest, sessionId, seq)
  // Read again: where the buffer was lost meanwhile, another event may have got the seq.
  const { timestamp, data } = await turnAt(stores, sessionId, seq)
  const { promptQuality } = data as { promptQuality?: number | null }
  const turn = { seq, atMs: timestamp, sentValue: promptQuality ?? null }
  const rated = await rateTurn(ingest.db, sessionId, claims, turn, value)
  if (rated !== 'done') throw notAdded(rated)
  ingest.jobs.archive(sessionId).catch(() => {})
}

async function turnAt(stores: Stores, sessionId: string, seq: number): Promise<RecordedEvent> {
  const { events } = await readEvents(stores, sessionId, { afterSeq: seq - 1, limit: 1 })
  const [event] = events
  const part = partOf(event?.data)
  const isTurn = event?.seq === seq && event.type === 'ai_interaction'
  if (isTurn && (part === null || part.index === part.count - 1)) return event
  const what = isTurn ? 'a piece of a turn; its last one stands for all' : 'no turn of the chat'
  throw new ExplainedError('NOT_FOUND', `Event ${seq} is ${what}.`)
}

async function committed(ingest: IngestContext, sessionId: string, seq: number): Promise<void> {
  const look = () => getSession(ingest.db, sessionId)
  const isDone = (row: SessionRow | null) => row === null || row.eventCount >= seq
  let row = await look()
  if (!isDone(row)) {
    await flushNow(ingest, sessionId)
    row = await pollUntil(ingest, COMMIT_WAIT_MS, look, isDone)
  }
  if (row === null) throw sessionNotFound()
  if (!isDone(row)) throw new ExplainedError('TRY_LATER', 'The turn is not committed yet.')
}
