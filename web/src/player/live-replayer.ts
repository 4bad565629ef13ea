import { JoinedReplayer } from '../../../replay/index.js'

/** So often at most a live session's overview is made anew, from all of its events. */
const OVERVIEW_EVERY_MS = 500

/** Plays a session that goes on: with a backend that records beside the tab, some of each second come late. */
export const liveReplayer = (): JoinedReplayer => new JoinedReplayer(spaced(OVERVIEW_EVERY_MS))

/**
 * Runs what it is given at once, but only so often: what comes sooner after the last run waits, and stands for all that
 * comes until then.
 */
export function spaced(gapMs: number): (run: () => void) => void {
  let lastMs = Number.NEGATIVE_INFINITY
  let timer: ReturnType<typeof setTimeout> | undefined
  return (run) => {
    if (timer !== undefined) return
    const runNow = () => {
      timer = undefined
      lastMs = performance.now()
      run()
    }
    const waitMs = lastMs + gapMs - performance.now()
    if (waitMs <= 0) runNow()
    else timer = setTimeout(runNow, waitMs)
  }
}
