// The load of one round, in a process of its own: every candidate over a connection of its own, a window of batches under way, as
// recorders have it. Talks with the bench over IPC: takes a Plan, sends a Tally whenever it is asked, ends when told.
import { Agent, request } from 'node:http'
import { openCandidate } from '../support/candidates.mjs'
import { endWithParent } from '../support/child.mjs'
import { inGroups } from '../support/in-groups.mjs'

/**
 * @typedef {object} Plan
 * @property {'recorder' | 'echo' | 'http'} kind
 * @property {string} url
 * @property {import('../support/candidates.mjs').Candidate[]} candidates
 * @property {object[][]} batches
 * @property {number} inFlight batches of a candidate under way at once
 * @property {number} maxUncommitted events a candidate may have acked and not committed, as a recorder's memory is bounded
 */
/** @typedef {{ acked: number[], ackMs: number[], underWay: number }} Tally events acked by candidate, and how long some acks took */

/** As a recorder asks that waits for a commit (client-sdk, AWAITED_WATERMARK_MS). */
const ASK_AFTER_MS = 1000
/** Of the acks, those whose time is kept. */
const SAMPLED = 0.02

/** @type {number[]} */
let acked = []
/** @type {number[]} */
let ackMs = []
let isStopped = false
let underWay = 0

endWithParent()
process.on('message', (/** @type {any} */ message) => {
  if (message.plan) start(message.plan).then(() => process.send?.({ isReady: true }))
  if (message.isTally) {
    process.send?.({ acked, ackMs, underWay })
    ackMs = []
  }
  if (message.isStop) isStopped = true
})

async function start(/** @type {Plan} */ plan) {
  const { candidates, kind } = plan
  acked = candidates.map(() => 0)
  await inGroups(candidates.length, async (i) => (kind === 'http' ? poster(plan, i) : streamer(plan, i)))
}

function noteAck(/** @type {number} */ index, /** @type {number} */ events, /** @type {number} */ tookMs) {
  underWay--
  acked[index] = (acked[index] ?? 0) + events
  if (Math.random() < SAMPLED) ackMs.push(tookMs)
}

/**
 * Candidates begin all over the recording. From one place all would be in the same part of it for the whole round, and no part is
 * like the whole: the first has five times as many snapshots.
 */
const firstBatch = (/** @type {Plan} */ { batches, candidates }, /** @type {number} */ index) =>
  Math.floor((index * batches.length) / candidates.length)

/** One candidate over a socket. */
async function streamer(/** @type {Plan} */ plan, /** @type {number} */ index) {
  const { url, kind, candidates, batches, inFlight, maxUncommitted } = plan
  const candidate = await openCandidate({
    url,
    isBare: kind === 'echo',
    candidate: /** @type {any} */ (candidates[index]),
  })
  let waiting = 0
  let holds = 0
  let at = firstBatch(plan, index)
  const fill = () => {
    while (!isStopped && holds === 0 && waiting < inFlight && candidate.uncommitted() < maxUncommitted) {
      const events = batches[at++ % batches.length] ?? []
      waiting++
      underWay++
      candidate.send(events, (tookMs, retryAfterMs) => {
        waiting--
        noteAck(index, events.length, tookMs)
        if (retryAfterMs > 0) hold(retryAfterMs)
        fill()
      })
    }
    if (!isStopped && waiting === 0 && holds === 0) hold(ASK_AFTER_MS)
  }
  const hold = (/** @type {number} */ ms) => {
    holds += 1
    // The last of several that wait at once counts, as the service has it.
    setTimeout(() => {
      holds -= 1
      if (holds === 0) candidate.askCommitted(fill)
    }, ms)
  }
  fill()
}

const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY })

/** One candidate who posts each event by itself, one after another. */
function poster(/** @type {Plan} */ plan, /** @type {number} */ index) {
  const events = plan.batches.flat()
  const { sessionId } = plan.candidates[index] ?? {}
  let at = firstBatch(plan, index) * (plan.batches[0]?.length ?? 1)
  const next = () => {
    if (isStopped) return
    const event = events[at++ % events.length]
    const sentMs = performance.now()
    underWay++
    const post = request(
      `${plan.url}/events`,
      { method: 'POST', agent, headers: { 'content-type': 'application/json' } },
      (response) => {
        if (response.statusCode !== 200) throw new Error(`An event was refused: ${response.statusCode}.`)
        response.resume()
        response.on('end', () => {
          noteAck(index, 1, performance.now() - sentMs)
          next()
        })
      },
    )
    post.on('error', (error) => {
      throw error
    })
    post.end(JSON.stringify({ sessionId, ...event, timestamp: Date.now() }))
  }
  next()
}
