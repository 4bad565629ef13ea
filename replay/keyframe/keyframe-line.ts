import type { FoldDelta } from './fold-delta.js'

/** A line of keyframes.json.gz: the fold of all events up to a place in the order of replay. */
export interface KeyframeLine {
  /** 1, 2, 3… in the order of replay. */
  n: number
  /** The time of the last event that is in it, epoch ms. */
  atMs: number
  /** That event's seq: of events of the same time, those with a higher one are not in it. */
  atSeq: number
  /** How much a terminal had printed by then: pieces of output, resizes among them, and the UTF-16 units in them. */
  printed: { chunks: number; chars: number }
  /** Against the keyframe before, the first one against an empty recording; or anew, where it has `textsBefore`. */
  fold: FoldDelta
}
