import type { Database } from '../../db/connect.js'
import type { Stores } from '../../db/read-events.js'
import { forgetKeyframesOfClosed, keyframesDue } from '../../db/session-keyframes.js'
import { SESSION_KEYFRAME_VERSION } from '../../replay/index.js'
import { makeKeyframe } from './make-keyframe.js'

export interface KeyframeContext {
  db: Database
  stores: Stores
  onKeyframesFailed: (error: unknown) => void
}

const PER_SWEEP = 100
/** After so long the rest waits for the next sweep: whoever joins can do without, and the flush can't. */
const MAX_SWEEP_MS = 500

/**
 * Makes keyframes of sessions that go on and have grown, so that whoever joins one has its state at once. One that fails
 * stands in no other's way.
 */
export async function makeKeyframes({ db, stores, onKeyframesFailed }: KeyframeContext): Promise<void> {
  await forgetKeyframesOfClosed(db)
  const sinceMs = performance.now()
  for (const sessionId of await keyframesDue(db, SESSION_KEYFRAME_VERSION, PER_SWEEP)) {
    if (performance.now() - sinceMs > MAX_SWEEP_MS) return
    await makeKeyframe(stores, sessionId).catch(onKeyframesFailed)
  }
}
