import { iterateEvents } from '../../db/read-events.js'
import { loadKeyframe } from '../../db/session-keyframes.js'
import { nextTurn } from '../../db/slices.js'
import {
  createReplayEngine,
  type Fold,
  goesOn,
  type OpenedKeyframe,
  openKeyframe,
  type ReplayState,
  SESSION_KEYFRAME_VERSION,
  type SessionKeyframe,
} from '../../replay/index.js'
import type { SessionAnalyses } from './session-analyses.js'
import { isSmall, type StateBounds } from './state-bounds.js'

/** Behind more the keyframe is of little use, and the events would be held at once. */
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
    const keyframe = openKeyframe((JSON.parse(stored.answer) as { keyframe: SessionKeyframe }).keyframe)
    if (keyframe === null || !isSmall(keyframe.fold, printedIn(keyframe.fold), bounds)) return null
    await nextTurn()
    return stateSince(keyframe, iterateEvents(stores, sessionId, { afterSeq: keyframe.throughSeq }))
  })
}

async function stateSince(
  keyframe: OpenedKeyframe,
  pages: ReturnType<typeof iterateEvents>,
): Promise<ReplayState | null> {
  const engine = createReplayEngine({ from: keyframe.fold })
  engine.insert(keyframe.events)
  for await (const events of pages) {
    if (!goesOn(keyframe, events) || engine.eventCount > 2 * MAX_EVENTS_SINCE) return null
    engine.insert(events)
  }
  if (engine.eventCount === 0) return engine.stateAt(keyframe.place.atMs)
  for (let at = FOLDED_AT_ONCE; at < engine.eventCount; at += FOLDED_AT_ONCE) {
    engine.foldUntil(engine.events[at]?.timestamp ?? 0)
    await nextTurn()
  }
  return engine.stateAt()
}

/** Takes some milliseconds. */
const FOLDED_AT_ONCE = 500

const printedIn = ({ output }: Fold) => ({
  chunks: output.length,
  chars: output.toArray().reduce((chars, { data }) => chars + data.length, 0),
})
