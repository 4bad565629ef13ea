// The candidates of one round, in a process of their own: each has an event now and again, their turns spread evenly. Told over
// IPC what to do: takes a Plan; asked for a tally, or told to stop, it says how many events each session had.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { io } from 'socket.io-client'
import { endWithParent } from '../support/child.mjs'
import { inGroups } from '../support/in-groups.mjs'
import { ROOT } from '../support/root.mjs'
import { nowUs } from './moment.mjs'

/**
 * @typedef {object} Plan
 * @property {'recorder' | 'relay'} kind
 * @property {string} url
 * @property {import('../support/candidates.mjs').Candidate[]} candidates
 * @property {number} everyMs between two events of a session
 */
/** @typedef {{ record: (event: { type: string, data: object, fileId: string }) => void, end: () => Promise<void> }} Sender */

const TICK_MS = 1
const COMMIT_TIMEOUT_MS = 60_000

endWithParent()
/** @type {Sender[]} */
let senders = []
/** @type {number[]} events by session */
let counts = []
/** @type {NodeJS.Timeout} */
let timer

process.on('message', async (/** @type {any} */ { plan, isTally, isStop }) => {
  if (plan) {
    senders = await (plan.kind === 'recorder' ? recorders(plan) : bareSenders(plan))
    start(plan)
    process.send?.({ isReady: true })
  }
  if (isTally) process.send?.({ counts })
  if (isStop) {
    clearInterval(timer)
    await Promise.all(senders.map(({ end }) => end()))
    process.send?.({ counts })
  }
})

function start(/** @type {Plan} */ { everyMs }) {
  counts = senders.map(() => 0)
  const startedMs = performance.now()
  let turn = 0
  timer = setInterval(() => {
    const due = ((performance.now() - startedMs) * senders.length) / everyMs
    for (; turn < due; turn++) type(turn % senders.length)
  }, TICK_MS)
}

/** One more letter, as an editor's adapter has it, and what tells how long it was under way. */
function type(/** @type {number} */ index) {
  const n = (counts[index] ?? 0) + 1
  counts[index] = n
  const selection = { anchor: n, head: n }
  const data = { changes: [[n - 1, 0, 'x']], selection, origin: 'typed', n, sentUs: nowUs() }
  senders[index]?.record({ type: 'code_edit', fileId: 'src/answer.ts', data })
}

/** @returns {Promise<Sender[]>} */
async function recorders(/** @type {Plan} */ { url, candidates }) {
  const { createRecorder } = await import(
    pathToFileURL(join(ROOT, 'dist/client-sdk/src/create-recorder.js')).href
  )
  return inGroups(candidates.length, async (i) => {
    const { token, sourceId } = candidates[i] ?? {}
    const recorder = createRecorder({ url, token, sourceId })
    await new Promise((resolve) => recorder.on('welcome', resolve))
    return {
      record: (event) => recorder.record(event),
      end: () => recorder.close({ waitFor: 'committed', timeoutMs: COMMIT_TIMEOUT_MS }),
    }
  })
}

/** @returns {Promise<Sender[]>} */
const bareSenders = (/** @type {Plan} */ { url, candidates }) =>
  inGroups(candidates.length, async (i) => {
    const sessionId = candidates[i]?.sessionId
    const socket = io(url, { auth: { sends: sessionId }, transports: ['websocket'], forceNew: true })
    await new Promise((resolve) => socket.once('connect', () => resolve(undefined)))
    return {
      record: (event) => void socket.emit('event', { ...event, timestamp: Date.now() }),
      // What was sent last has left when an answer comes.
      end: () => socket.emitWithAck('end').then(() => void socket.close()),
    }
  })
