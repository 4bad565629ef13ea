import type { RecordedEvent } from '../../protocol/events.js'
import type { TimedSegment } from '../ordered-events.js'
import type { ReplayPlace } from '../replayer.js'
import { byTime, isBeyond } from '../timeline.js'
import type { Stretch } from './keyframe-chain.js'
import type { SegmentLoader } from './segment-loader.js'

/** Where all segments overlap, they must not all be in memory together. */
const LOADS_AT_ONCE = 4

export type NumberedSegment = TimedSegment & { n: number }

export interface MostEvents {
  /** In the order of replay. */
  events: RecordedEvent[]
  /** Nothing is behind. */
  isWhole: boolean
}

/** The events of stretches, from the segments that may have some of them. */
export class StretchEvents {
  constructor(
    private readonly loader: SegmentLoader,
    private readonly segments: readonly NumberedSegment[],
  ) {}

  /**
   * All that the moments of a stretch show. A segment that follows and begins with the very time at which it ends, as many do,
   * holds of it at most repairs of that time: for those no jump waits for half as much again.
   */
  async most(stretch: Stretch, signal: AbortSignal): Promise<MostEvents> {
    const all = this.segmentsOf(stretch)
    const most = all.filter((segment) => !isBehind(segment, stretch))
    return { events: await this.load(stretch, most, signal), isWhole: most.length === all.length }
  }

  /** What most() leaves out. */
  behind(stretch: Stretch, signal: AbortSignal): Promise<RecordedEvent[]> {
    const behind = this.segmentsOf(stretch).filter((segment) => isBehind(segment, stretch))
    return this.load(stretch, behind, signal)
  }

  private segmentsOf({ from, to }: Stretch): NumberedSegment[] {
    return this.segments.filter((segment) => mayHoldBetween(segment, from, to))
  }

  private async load(
    { from, to }: Stretch,
    wanted: readonly NumberedSegment[],
    signal: AbortSignal,
  ): Promise<RecordedEvent[]> {
    const within = (event: RecordedEvent) => isBeyond(event, from) && (to === null || !isBeyond(event, to))
    const events: RecordedEvent[] = []
    for (let i = 0; i < wanted.length; i += LOADS_AT_ONCE) {
      const loads = wanted.slice(i, i + LOADS_AT_ONCE).map(({ n }) => this.loader.load(n, signal))
      for (const segment of await Promise.all(loads)) {
        for (const event of segment.events) if (within(event)) events.push(event)
      }
    }
    return events.sort(byTime)
  }
}

/** Whether any event of a segment can lie beyond `from` and up to `to`. A keyframe mostly ends with a segment. */
export const mayHoldBetween = (segment: TimedSegment, from: ReplayPlace, to: ReplayPlace | null): boolean =>
  (segment.lastMs > from.atMs || (segment.lastMs === from.atMs && segment.lastSeq > from.seq)) &&
  // Whatever its seqs: a repair stands before its own.
  (to === null || segment.firstMs <= to.atMs)

/** Whether of a segment only what stands at the end of a stretch, out of its own place, can be in that. */
const isBehind = (segment: TimedSegment, { to }: Stretch): boolean =>
  to !== null && segment.firstMs === to.atMs && segment.firstSeq > to.seq
