import { iterateEvents } from '../../db/read-events.js'
import { loadKeyframe } from '../../db/session-keyframes.js'
import { nextTurn } from '../../db/slices.js'
import type { RecordedEvent } from '../../protocol/events.js'
import {
  createReplayEngine,
  type Fold,
  goesOn,
  heldCharsOf,
  type OpenedKeyframe,
  openAnswer,
  type ReplayState,
  SESSION_KEYFRAME_VERSION,
} from '../../replay/index.js'
import type { SessionAnalyses } from './session-analyses.js'
import { isSmall, type StateBounds } from './state-bounds.js'

/** Behind more the keyframe is of little use. */
const MAX_EVENTS_SINCE = 20_000

/**
 * The latest state of a session that goes on, from its keyframe and the events since: the same as playing from zero gives.
 * Null where it has none, or where only playing from zero tells: events have come that belong before its place [R2], or
 * the state may be so large that not all of it is shown. Throws StoreError, ArchiveError.
 */
export async function stateNow(
  { stores, turns }: SessionAnalyses,
  sessionId: string,
  bounds: StateBounds,
): Promise<ReplayState | null> {
  return turns.take(async () => {
    const standing = await loadKeyframe(stores.db, sessionId, SESSION_KEYFRAME_VERSION)
    const { stored = null, eventCount = 0 } = standing ?? {}
    if (stored === null || stored.answer === null) return null
    if (eventCount - stored.throughSeq > MAX_EVENTS_SINCE) return null
    const keyframe = openAnswer(stored.answer)
    if (keyframe === null || !isShownWhole(keyframe.fold, bounds)) return null
    await nextTurn()
    return stateSince(keyframe, iterateEvents(stores, sessionId, { afterSeq: keyframe.throughSeq }), bounds)
  })
}

async function stateSince(
  keyframe: OpenedKeyframe,
  pages: ReturnType<typeof iterateEvents>,
  bounds: StateBounds,
): Promise<ReplayState | null> {
  const engine = createReplayEngine({ from: keyframe.fold })
  engine.insert(keyframe.events)
  // All of them are held at once, and may all be of files.
  let chars = heldChars(keyframe.events)
  for await (const events of pages) {
    chars += heldChars(events)
    if (!goesOn(keyframe, events) || chars > bounds.filesChars / 2) return null
    engine.insert(events)
  }
  if (engine.eventCount === 0) return engine.stateAt(keyframe.place.atMs)
  for (let at = FOLDED_AT_ONCE; at < engine.eventCount; at += FOLDED_AT_ONCE) {
    engine.foldUntil(engine.events[at]?.timestamp ?? 0)
    await nextTurn()
  }
  if (!isShownWhole(engine.foldAtEnd(), bounds)) return null
  await nextTurn()
  return engine.stateAt()
}

/** Takes some milliseconds. */
const FOLDED_AT_ONCE = 500

const heldChars = (events: readonly RecordedEvent[]): number =>
  events.reduce((chars, event) => chars + heldCharsOf(event), 0)

const isShownWhole = (fold: Fold, bounds: StateBounds): boolean => isSmall(fold, printedIn(fold), bounds)

const printedIn = ({ output }: Fold) => ({
  chunks: output.length,
  chars: output.toArray().reduce((chars, { data }) => chars + data.length, 0),
})
