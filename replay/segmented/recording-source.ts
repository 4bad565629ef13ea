import type { RecordedEvent } from '../../protocol/events.js'
import type { KeyframeLine } from '../keyframe/keyframe-line.js'
import type { TimedSegment } from '../ordered-events.js'
import type { Overview } from '../overview.js'
import type { ReplayPlace } from '../replayer.js'

/** A run of keyframes that is loaded as one. */
export interface KeyframeRun {
  /** Of the keyframes in it, in the order of replay: what each holds last. */
  readonly places: readonly ReplayPlace[]
  /** About what loading it costs. */
  readonly bytes: number
  /** Its first one tells all anew, so that no run before it is needed. */
  readonly isAnew: boolean
}

/** What a recording consists of. */
export interface RecordingIndex {
  readonly overview: Overview
  /** By seq, without holes. */
  readonly segments: readonly TimedSegment[]
  /** From the beginning on, as far as there are any; none for a recording that is not archived. */
  readonly keyframes: readonly KeyframeRun[]
}

export interface LoadedSegment {
  readonly events: readonly RecordedEvent[]
  /** About what they take up in memory, in UTF-16 units. */
  readonly chars: number
}

/** Where a recording's parts are loaded from. A load whose signal is aborted may reject with whatever it likes. */
export interface RecordingSource {
  loadIndex(signal: AbortSignal): Promise<RecordingIndex>
  /** The events of the segment at place `n`, from 0, by seq. */
  loadSegment(n: number, signal: AbortSignal): Promise<LoadedSegment>
  /** The keyframes of these runs, from 0, both included, a run at a time. The first of them begins anew, or is loaded on from. */
  loadKeyframes(
    firstRun: number,
    lastRun: number,
    signal: AbortSignal,
  ): AsyncIterable<readonly KeyframeLine[]>
}
