// Candidates of the costs bench, in a process of their own: each plays the recorded demo interview through the real recorder, at
// the pace in which it was typed, over and over, from a place of its own. Told over IPC: takes a Plan and connects; `play` says how
// many of them play from then on; asked for a tally, it says how many events each has recorded; at `isStop` it waits until all is
// committed.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { endWithParent } from '../support/child.mjs'
import { inGroups } from '../support/in-groups.mjs'
import { ROOT } from '../support/root.mjs'

/**
 * @typedef {object} Plan
 * @property {string} url
 * @property {import('../support/candidates.mjs').Candidate[]} candidates
 * @property {{ gapMs: number, type: string, data: object, fileId?: string }[]} events each with the time since the one before it
 * @property {number[]} begins the moment of the interview at which each begins, from 0 to 1: most moments lie in the long pauses
 */

const COMMIT_TIMEOUT_MS = 60_000

endWithParent()
/** @type {ReturnType<typeof player>[]} */
let players = []

process.on('message', async (/** @type {any} */ { plan, play, isTally, isStop }) => {
  if (plan) {
    players = await connected(plan)
    process.send?.({ isReady: true })
  }
  if (play !== undefined) {
    for (const [i, one] of players.entries()) i < play ? one.play() : one.pause()
    process.send?.({ isPlaying: true })
  }
  if (isTally) process.send?.({ counts: players.map(({ count }) => count()) })
  if (isStop) {
    for (const one of players) one.pause()
    await Promise.all(players.map(({ end }) => end()))
    process.send?.({ counts: players.map(({ count }) => count()) })
  }
})

async function connected(/** @type {Plan} */ { url, candidates, events, begins }) {
  const { createRecorder } = await import(
    pathToFileURL(join(ROOT, 'dist/client-sdk/src/create-recorder.js')).href
  )
  return inGroups(candidates.length, async (i) => {
    const { token, sourceId } = candidates[i] ?? {}
    const recorder = createRecorder({ url, token, sourceId })
    await new Promise((resolve) => recorder.on('welcome', resolve))
    return player(recorder, events, begins[i] ?? 0)
  })
}

function player(
  /** @type {any} */ recorder,
  /** @type {Plan['events']} */ events,
  /** @type {number} */ from,
) {
  let waitMs = from * events.reduce((total, { gapMs }) => total + gapMs, 0)
  let at = 0
  for (; waitMs > (events[at]?.gapMs ?? 0); at++) waitMs -= events[at]?.gapMs ?? 0
  waitMs = (events[at]?.gapMs ?? 0) - waitMs
  let recorded = 0
  /** @type {NodeJS.Timeout | null} */
  let timer = null
  let dueMs = 0
  const step = () => {
    const { gapMs: _, ...event } = /** @type {Plan['events'][number]} */ (events[at])
    recorder.record(event)
    recorded += 1
    at = (at + 1) % events.length
    dueMs += events[at]?.gapMs ?? 0
    wait()
  }
  // Against the clock, so that timers that are late don't slow the interview down.
  const wait = () => {
    timer = setTimeout(step, dueMs - performance.now())
  }
  return {
    count: () => recorded,
    play: () => {
      if (timer !== null) return
      dueMs = performance.now() + waitMs
      wait()
    },
    pause: () => {
      if (timer === null) return
      clearTimeout(timer)
      timer = null
      waitMs = Math.max(0, dueMs - performance.now())
    },
    end: () => recorder.close({ waitFor: 'committed', timeoutMs: COMMIT_TIMEOUT_MS }),
  }
}
