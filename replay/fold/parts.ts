import type { RecordedEvent } from '../../protocol/events.js'
import { joinParts, partOf } from '../../protocol/parts.js'
import { diverged, type Fold, type PendingParts } from './fold.js'

/** What to do with an event that may be a piece of a longer one [R7]. */
export type Assembled =
  /** `event` is whole; `fold` no longer holds its pieces. */
  | { kind: 'whole'; fold: Fold; event: RecordedEvent }
  /** More pieces are to come; `fold` holds those so far. */
  | { kind: 'piece'; fold: Fold }

/**
 * The pieces of one event follow each other directly within their source. Whatever else comes from that source
 * in between means that the rest was lost, and a text with a hole is not shown as if it were whole.
 */
export function assemble(fold: Fold, event: RecordedEvent): Assembled {
  // Its repair may follow, and be the very piece that was missing [R5]; without one the next piece tells.
  if (event.type === 'quarantined') return { kind: 'whole', fold, event }
  const part = partOf(event.data)
  const source = String(event.source)
  const open = fold.pending.get(source)
  // The common case, told first because it is on the path of every keystroke.
  if (open === undefined && (part === null || part.count === 1)) return { kind: 'whole', fold, event }

  const continues =
    open !== undefined &&
    part !== null &&
    part.id === open.id &&
    event.type === open.type &&
    part.index === open.pieces.length &&
    // Also told where others read only some types of events, and don't see what came in between.
    event.sourceSeq === open.lastSourceSeq + 1
  const kept = open === undefined || continues ? fold : withoutPending(fold, event, open)
  if (part === null || part.count === 1) return { kind: 'whole', fold: kept, event }
  if (!continues && part.index > 0)
    return { kind: 'piece', fold: { ...kept, divergences: diverged(kept, event, 'part_missing') } }

  const pieces = continues ? [...open.pieces, event.data] : [event.data]
  if (pieces.length < part.count) {
    const { type, fileId, sourceSeq: lastSourceSeq } = event
    const pending: PendingParts = { id: part.id, type, fileId, lastSourceSeq, pieces }
    return { kind: 'piece', fold: { ...kept, pending: kept.pending.set(source, pending) } }
  }
  return {
    kind: 'whole',
    fold: { ...kept, pending: kept.pending.delete(source) },
    event: { ...event, data: joinParts(event.type, pieces) },
  }
}

const withoutPending = (fold: Fold, event: RecordedEvent, open: PendingParts): Fold => ({
  ...fold,
  pending: fold.pending.delete(String(event.source)),
  divergences: diverged(fold, event, 'part_missing', open.fileId),
})
