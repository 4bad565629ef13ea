import { decodeEventLine, type EventLine, encodeEventLine } from '../../db/buffer/event-line.js'
import type { Tx } from '../../db/connect.js'
import type { StoreError } from '../../db/errors.js'
import type { PlannedEvent } from './plan-session.js'

/** Puts a `quarantined` event in the place of what PostgreSQL refuses, and keeps the original aside [R5]. */
export async function setAside(
  tx: Tx,
  sessionId: string,
  events: PlannedEvent[],
  refusal: StoreError,
): Promise<void> {
  for (const event of events) {
    const original = Buffer.from(event.line)
    const { type, timestampMs, meta } = claimedBy(event)
    await tx`
      insert into quarantined_events (session_id, seq, type, reason, original)
      values (${sessionId}, ${event.seq}, ${type}, ${`SQLSTATE ${refusal.code}`}, ${original})`
    const { replaces, original: sent } = meta ?? {}
    event.line = encodeEventLine({
      type: 'quarantined',
      timestampMs,
      checkpoint: true,
      fileId: null,
      // A repair that is refused again stands where the event stood that it was to repair.
      meta: replaces === undefined || sent === undefined ? null : { replaces, original: sent },
      dataJson: JSON.stringify({ code: refusal.code, claimedType: type, sizeBytes: original.length }),
    })
  }
}

/** What a line says of itself. One that is none is a refused event like others, and must not hold up the rest [I7]. */
function claimedBy({ line, receivedAtMs }: PlannedEvent): Pick<EventLine, 'type' | 'timestampMs' | 'meta'> {
  try {
    const claimed = decodeEventLine(line)
    if (Number.isFinite(claimed.timestampMs)) return claimed
  } catch {}
  return { type: 'unknown', timestampMs: receivedAtMs, meta: null }
}
