import { decodeEventLine } from '../../db/buffer/event-line.js'
import type { ArchivableEvent } from '../../protocol/archive-lines.js'
import type { PlannedEvent } from './plan-session.js'

/** A planned event as it will be stored: what is copied into PostgreSQL and what its link of the chain is made of. */
export function storedEvent(event: PlannedEvent): ArchivableEvent {
  const { type, timestampMs, checkpoint, fileId, meta, dataJson } = decodeEventLine(event.line)
  const stored: ArchivableEvent = {
    seq: event.seq,
    type,
    // Columns hold whole milliseconds.
    timestampMs: Math.trunc(timestampMs),
    dataJson,
    fileId,
    checkpoint,
    source: event.source,
    sourceSeq: event.sourceSeq,
    receivedAtMs: Math.trunc(event.receivedAtMs),
  }
  if (meta === null && !event.late) return stored
  // The path stands in the line itself.
  const { fileId: _, flags: sentFlags, ...said } = meta ?? {}
  const flags = event.late ? [...(sentFlags ?? []), 'late' as const] : sentFlags
  return { ...stored, ...said, ...(flags === undefined ? {} : { flags }) }
}
