// The watchers of one round, in a process of their own, one of each session. Told over IPC what to do: takes a Plan; asked for a
// tally, it says how many events came and how long those since the last tally were under way.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { io } from 'socket.io-client'
import { endWithParent } from '../support/child.mjs'
import { inGroups } from '../support/in-groups.mjs'
import { ROOT } from '../support/root.mjs'
import { nowUs } from './moment.mjs'

/** @typedef {import('./senders.mjs').Plan & { token: string }} Plan the token of who watches */

endWithParent()
/** @type {number[]} events by session */
let counts = []
/** @type {number[]} */
let latencyMs = []

process.on('message', async (/** @type {any} */ { plan, isTally }) => {
  if (plan) {
    counts = plan.candidates.map(() => 0)
    await (plan.kind === 'recorder' ? watchers(plan) : bareWatchers(plan))
    process.send?.({ isReady: true })
  }
  if (isTally) {
    process.send?.({ counts, latencyMs })
    latencyMs = []
  }
})

/** Each event once and in its order: all else is a fault. */
function heard(/** @type {number} */ index, /** @type {{ data: { n: number, sentUs: number } }} */ { data }) {
  latencyMs.push((nowUs() - data.sentUs) / 1000)
  const expected = (counts[index] ?? 0) + 1
  if (data.n !== expected)
    throw new Error(`A watcher was given event ${data.n} of its session instead of ${expected}.`)
  counts[index] = expected
}

async function watchers(/** @type {Plan} */ { url, token, candidates }) {
  const { createWatcher } = await import(pathToFileURL(join(ROOT, 'dist/client-sdk/src/watcher.js')).href)
  await inGroups(candidates.length, async (i) => {
    const watcher = createWatcher({
      url,
      token,
      sessionId: candidates[i]?.sessionId,
      onEvents: (/** @type {any[]} */ events) => {
        for (const event of events) heard(i, event)
      },
      onReset: () => {
        throw new Error('A watcher was reset.')
      },
    })
    await watcher.whenCaughtUp()
  })
}

const bareWatchers = (/** @type {Plan} */ { url, candidates }) =>
  inGroups(candidates.length, async (i) => {
    const sessionId = candidates[i]?.sessionId
    const socket = io(url, { auth: { watches: sessionId }, transports: ['websocket'], forceNew: true })
    socket.on('event', (event) => heard(i, event))
    await new Promise((resolve) => socket.once('connect', () => resolve(undefined)))
  })
