import type { RecordedEvent } from '../../protocol/events.js'
import { isStepTarget, type ReplayPlace, type StepKind } from '../replayer.js'

/** The nearest of `events` (in the order of replay) beyond a place, of a kind; null where there is none. */
export function nearestEvent(
  events: readonly RecordedEvent[],
  from: ReplayPlace,
  direction: 1 | -1,
  kind: StepKind,
): ReplayPlace | null {
  // The number of events up to the place, the place itself on the side that is left out.
  let low = 0
  let high = events.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const order = compare(events[middle] as RecordedEvent, from)
    if (direction === 1 ? order <= 0 : order < 0) low = middle + 1
    else high = middle
  }
  for (let i = direction === 1 ? low : low - 1; i >= 0 && i < events.length; i += direction) {
    const event = events[i] as RecordedEvent
    if (isStepTarget(event, kind)) return { atMs: event.timestamp, seq: event.seq }
  }
  return null
}

const compare = (event: RecordedEvent, place: ReplayPlace): number =>
  event.timestamp - place.atMs || event.seq - place.seq
