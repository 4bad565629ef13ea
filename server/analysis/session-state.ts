import { ArchiveError } from '../../db/archive/errors.js'
import { iterateEvents, type Stores } from '../../db/read-events.js'
import { inSlices, nextTurn } from '../../db/slices.js'
import { ExplainedError } from '../../protocol/errors.js'
import type { RecordedEvent } from '../../protocol/events.js'
import {
  type ArchivedOverview,
  type BoundedState,
  createBoundedFold,
  FilesTooLarge,
  HELD_EVENTS,
  indexOfArchive,
  type Overview,
  OverviewBuilder,
  orderedEvents,
  type TimedSegment,
} from '../../replay/index.js'
import { archivedRecording } from './archived-overview.js'
import { archivedStateAt } from './archived-state.js'
import type { SessionAnalyses } from './session-analyses.js'
import { stateNow } from './state-now.js'

/** About what a state may take up, in UTF-16 units: of each list, and of all files. */
const BOUNDS = { listChars: 4 * 1024 * 1024, filesChars: 64 * 1024 * 1024 }
const ATTEMPTS = 3

/** The events were others than when the segments were found: at a new epoch, or masked since. */
class Moved extends Error {}

/**
 * Everything on the screen at a moment, the latest without one; the events are read a segment at a time, and no
 * further than the moment. Throws STATE_TOO_LARGE, StoreError, ArchiveError.
 */
export async function sessionStateAt(
  analyses: SessionAnalyses,
  sessionId: string,
  atMs: number | undefined,
): Promise<BoundedState> {
  const state = await unlessArchiveFails(async () => {
    const recording = await archivedRecording(analyses.stores, sessionId)
    if (recording === null) return null
    const momentMs = atMs ?? recording.archived.overview.endMs
    return analyses.turns.take(() => archivedStateAt(recording, momentMs, BOUNDS))
  })
  const now = state ?? (atMs === undefined ? await stateNow(analyses, sessionId, BOUNDS) : null)
  if (now !== null) return { state: now, omitted: {} }
  try {
    return await whileItStays(analyses, sessionId, (segments) =>
      foldUntil(analyses.stores, sessionId, segments, atMs),
    )
  } catch (error) {
    if (!(error instanceof FilesTooLarge)) throw error
    throw new ExplainedError(
      'STATE_TOO_LARGE',
      'The files of this session are too large to be shown at once.',
    )
  }
}

/** What a player must know of a session before it has any of its events. Throws as {@link sessionStateAt}. */
export async function sessionOverview(
  analyses: SessionAnalyses,
  sessionId: string,
): Promise<{ overview: Overview; segments: readonly TimedSegment[]; archived: ArchivedOverview | null }> {
  const recording = await unlessArchiveFails(() => archivedRecording(analyses.stores, sessionId))
  if (recording !== null) {
    const { archived } = recording
    const { overview, segments } = indexOfArchive(archived)
    return { overview, segments, archived }
  }
  return whileItStays(analyses, sessionId, async (segments) => {
    const builder = new OverviewBuilder()
    for await (const slice of inSlices(inReplayOrder(analyses.stores, sessionId, segments))) {
      for (const event of slice) builder.add(event)
    }
    return { overview: builder.overview(), segments, archived: null }
  })
}

/** An archive makes an answer quick; where it is away or damaged, rows may still have the events [I5]. */
async function unlessArchiveFails<T>(read: () => Promise<T | null>): Promise<T | null> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof ArchiveError) return null
    throw error
  }
}

/** Works on the segments of a session, again where they were others meanwhile. */
async function whileItStays<T>(
  analyses: SessionAnalyses,
  sessionId: string,
  work: (segments: readonly TimedSegment[]) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const { analysis } = await analyses.of(sessionId)
    const { segments } = analysis.timeline({ buckets: 1 })
    try {
      return await analyses.turns.take(() => work(segments))
    } catch (error) {
      if (!(error instanceof Moved)) throw error
      if (attempt === ATTEMPTS)
        throw new ExplainedError('TRY_LATER', 'The recording changes while it is read.')
    }
  }
}

async function foldUntil(
  stores: Stores,
  sessionId: string,
  segments: readonly TimedSegment[],
  atMs: number | undefined,
): Promise<BoundedState> {
  const fold = createBoundedFold(BOUNDS)
  for await (const slice of inSlices(inReplayOrder(stores, sessionId, segments, atMs))) fold.add(slice)
  await nextTurn()
  const state = fold.stateAt(atMs)
  await nextTurn()
  return state
}

/** In bounded memory; later events are left out. */
const inReplayOrder = (
  stores: Stores,
  sessionId: string,
  segments: readonly TimedSegment[],
  untilMs = Number.POSITIVE_INFINITY,
) =>
  orderedEvents({
    segments,
    load: (segment) => asFound(segment, eventsOfSegment(stores, sessionId, segment)),
    ...HELD_EVENTS,
    untilMs,
  })

/** The events of a run of seqs, a page at a time. */
export const eventsOfSegment = (
  stores: Stores,
  sessionId: string,
  { firstSeq, lastSeq }: Pick<TimedSegment, 'firstSeq' | 'lastSeq'>,
): AsyncIterable<RecordedEvent[]> =>
  iterateEvents(stores, sessionId, { afterSeq: firstSeq - 1, throughSeq: lastSeq })

/** The order of replay rests on the times of the segments, so an event outside of its segment's must not slip in. */
async function* asFound(
  { firstSeq, lastSeq, firstMs, lastMs }: TimedSegment,
  pages: AsyncIterable<RecordedEvent[]>,
): AsyncGenerator<RecordedEvent[]> {
  let count = 0
  for await (const events of pages) {
    if (events.some(({ timestamp }) => timestamp < firstMs || timestamp > lastMs)) throw new Moved()
    count += events.length
    yield events
  }
  if (count !== lastSeq - firstSeq + 1) throw new Moved()
}
