import type { RecordedEvent } from '../../protocol/events.js'
import type { Fold } from '../fold/fold.js'
import { FoldDecoder } from '../keyframe/decode-fold.js'
import type { FoldDelta } from '../keyframe/fold-delta.js'
import type { ReplayPlace } from '../replayer.js'
import { isBeyond } from '../timeline.js'

/** Of the code that folds, and of this shape. A keyframe of another version is none. */
export const SESSION_KEYFRAME_VERSION = 1

/**
 * What a session that goes on has come to with its first `throughSeq` events, as JSON: all of them up to a place in the
 * order of replay as a fold, those beyond it as they are.
 *
 * The place lies somewhat before the end, since other sources may bring events of the last seconds yet [R2]. An event that
 * comes later and belongs before it can't be folded into this any more: then only playing from zero tells the state.
 */
export interface SessionKeyframe {
  version: number
  throughSeq: number
  /** The place: time and seq of the last event of the fold. */
  atMs: number
  atSeq: number
  /** All of it, as the first keyframe of an archive has it. */
  fold: FoldDelta
  /** In the order of replay. */
  events: RecordedEvent[]
}

/** A keyframe as it is gone on from. */
export interface OpenedKeyframe {
  readonly throughSeq: number
  readonly place: ReplayPlace
  readonly fold: Fold
  readonly events: readonly RecordedEvent[]
}

/** Null where it is of another version. Throws where it says what cannot be; the text of it never quotes the recording. */
export function openKeyframe(keyframe: SessionKeyframe): OpenedKeyframe | null {
  if (keyframe.version !== SESSION_KEYFRAME_VERSION) return null
  const { throughSeq, atMs, atSeq, events } = keyframe
  return { throughSeq, place: { atMs, seq: atSeq }, fold: new FoldDecoder().decode(keyframe.fold), events }
}

/** The same of an answer's JSON, as it is stored and sent. Null also where that can't be read. */
export function openAnswer(json: string): OpenedKeyframe | null {
  try {
    return openKeyframe((JSON.parse(json) as { keyframe: SessionKeyframe }).keyframe)
  } catch {
    return null
  }
}

/** Whether what came after a keyframe can be folded on from it: none of it belongs before its place. */
export const goesOn = ({ place }: OpenedKeyframe, events: readonly RecordedEvent[]): boolean =>
  events.every((event) => isBeyond(event, place))
