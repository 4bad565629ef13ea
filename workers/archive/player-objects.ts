import type { DerivedObjects } from '../../db/archive/derived-objects.js'
import type { EventSegments } from '../../db/archive/events-read-back.js'
import type { DerivedRow } from '../../db/archive/row-codecs.js'
import { Slice } from '../../db/slices.js'
import type { RecordedEvent } from '../../protocol/events.js'
import {
  type ArchivedOverview,
  HELD_EVENTS,
  KEYFRAME_LIMITS,
  type KeyframeLimits,
  KeyframeMaker,
  OverviewBuilder,
  orderedEvents,
} from '../../replay/index.js'
import { makeHeadlessScreen } from './headless-screen.js'

/**
 * The keyframes and the overview of an archive, from one pass over its events in the order of replay. Memory is bounded
 * by what may wait for its turn and by the fold of all that the keyframes tell, which have a bound themselves.
 */
export function playerObjects(
  onFailed: (error: unknown) => void,
  limits: KeyframeLimits = KEYFRAME_LIMITS,
): DerivedObjects {
  const builder = new OverviewBuilder()
  const places: [atMs: number, seq: number][] = []
  const anew: number[] = []

  async function* keyframes(events: EventSegments): AsyncGenerator<DerivedRow[]> {
    const maker = new KeyframeMaker(makeHeadlessScreen, limits)
    const ends = new Set(events.segments.map((segment) => segment.lastSeq))
    try {
      const slice = new Slice()
      for await (const some of eventsInOrder(events)) {
        for (const event of some) {
          if (slice.isOver) await slice.next()
          builder.add(event)
          const made = await maker.add(event, ends.has(event.seq))
          if (made === null) continue
          const { n, atMs, atSeq, fold } = made.line
          const startsSegment = fold.textsBefore !== undefined
          places.push([atMs, atSeq])
          if (startsSegment) anew.push(n)
          yield [{ seq: n, timestampMs: atMs, json: made.json, startsSegment }]
        }
      }
    } finally {
      maker.dispose()
    }
  }

  return {
    keyframes,
    overview(generation, objects) {
      const overview = builder.overview()
      const row: ArchivedOverview = {
        n: 1,
        atMs: overview.startMs,
        generation,
        overview,
        keyframes: places,
        ...(anew.length > 0 && { anew }),
        objects,
      }
      return { seq: 1, timestampMs: overview.startMs, json: JSON.stringify(row) }
    },
    onFailed,
  }
}

const eventsInOrder = (events: EventSegments): AsyncIterable<RecordedEvent[]> =>
  orderedEvents({
    segments: events.segments.map((segment, n) => ({ ...segment, n })),
    async *load({ n }) {
      yield await events.readSegment(n)
    },
    ...HELD_EVENTS,
  })
