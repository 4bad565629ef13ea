import type { RecordedEvent } from '../../protocol/events.js'
import type { Needles } from './needles.js'
import type { Places } from './places.js'
import type { Ranges } from './ranges.js'

/** An event as reads give it, and the row of code_snapshots that its text is kept in. */
export interface SearchedEvent extends RecordedEvent {
  /** Its own seq where it brought the row, an earlier one's where it refers to it; absent: the text is in the event. */
  snapshotSeq?: number | undefined
}

export type RedactionTarget =
  | {
      kind: 'text'
      needles: Needles
      /** SHA-256, hex, of the secret as a copy or paste may have told it. */
      hashes: readonly string[]
    }
  | { kind: 'range'; fromSeq: number; toSeq: number }

/** What a search found out; what to do with it is in mask-event.ts. */
export interface RedactionPlan {
  readonly target: RedactionTarget
  readonly places: Places
  /** Whether all of an event's text is to be masked: it lies in the range, or is a piece of a text that does. */
  isInRange(seq: number): boolean
  /** Of the rows of code_snapshots, by seq, those whose text is to be masked, with where. */
  readonly snapshotRows: ReadonlyMap<number, Ranges>
  /** Where the texts are masked that senders of snapshots said were there before, by the seqs of their rows. */
  readonly previousTexts: ReadonlyMap<number, Ranges>
  /** Snapshots that can't refer to an equal row any more, as they are not masked in the same places. */
  readonly inlined: ReadonlySet<number>
  /** The events to be changed, ascending; of a range, those outside of it that change with it. */
  readonly seqs: readonly number[]
  /** Where the typed rows of those are: at their own seq, or at that of the last piece. */
  readonly typedRows: readonly number[]
}
