import { iterateEvents, type Stores } from '../../db/read-events.js'
import { inSlices } from '../../db/slices.js'
import type { RecordedEvent } from '../../protocol/events.js'
import { asSent } from '../../protocol/repairs.js'
import type { ExportSource } from '../../replay/exports/index.js'
import { HELD_EVENTS, orderedEvents, type TimedSegment } from '../../replay/index.js'

/** The events are others than when the export began: at a new epoch, or masked since. */
class RecordingMoved extends Error {
  override readonly name = 'RecordingMoved'
}

/**
 * A recording in the order of replay [R2], from wherever its events are, in bounded memory. What comes in after the
 * last of the segments is left out of every reading, so that the parts of an export agree. A reading throws where
 * the recording has changed meanwhile: half of it from before and half from after would be no recording at all.
 * @param committedSeq up to here no event changes its place any more
 */
export function exportSource(
  stores: Stores,
  sessionId: string,
  segments: readonly TimedSegment[],
  committedSeq: number,
): ExportSource {
  const load = (segment: TimedSegment, types: readonly string[] | undefined) =>
    types !== undefined && segment.lastSeq <= committedSeq
      ? eventsIn(stores, sessionId, segment, types)
      : wholeSegment(stores, sessionId, segment, types)
  return {
    events: (types) =>
      inSlices(
        orderedEvents({
          segments,
          load: (segment) => load(segment, types),
          ...HELD_EVENTS,
        }),
      ),
  }
}

async function* eventsIn(
  stores: Stores,
  sessionId: string,
  { firstSeq, lastSeq, firstMs, lastMs }: TimedSegment,
  types: readonly string[] | undefined,
): AsyncGenerator<RecordedEvent[]> {
  const query = { afterSeq: firstSeq - 1, throughSeq: lastSeq, types }
  for await (const page of iterateEvents(stores, sessionId, query)) {
    if (page.some(({ timestamp }) => timestamp < firstMs || timestamp > lastMs)) throw new RecordingMoved()
    yield page.map(asSent)
  }
}

/** Events that are not committed may get other seqs at a new epoch [R3], so all of them are looked at. */
async function* wholeSegment(
  stores: Stores,
  sessionId: string,
  segment: TimedSegment,
  types: readonly string[] | undefined,
): AsyncGenerator<RecordedEvent[]> {
  let count = 0
  for await (const page of eventsIn(stores, sessionId, segment, undefined)) {
    count += page.length
    yield types === undefined ? page : page.filter((event) => types.includes(event.type))
  }
  if (count !== segment.lastSeq - segment.firstSeq + 1) throw new RecordingMoved()
}
