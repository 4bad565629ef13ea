// The load of growth, in a process of its own: a set number of batches under way over all sessions together, whose turns they are
// one after another. So the load is the same whatever the number of sessions is, and only that is measured. Told over IPC what to do.
import { openCandidate } from '../support/candidates.mjs'
import { endWithParent } from '../support/child.mjs'
import { inGroups } from '../support/in-groups.mjs'

/**
 * @typedef {object} Plan
 * @property {object[][]} batches
 * @property {number} underWay batches, of all sessions
 * @property {number} maxUncommitted events, of all sessions
 * @property {number | null} throughEvents sent to the sessions that are open, then it stops by itself; null: until it is told
 */
/** @typedef {{ sent: number[], acked: number, acks: [atMs: number, tookMs: number][], underWay: number }} Tally events sent by session, all that
 * were acked, and the acks since the last tally */
/** @typedef {Awaited<ReturnType<typeof openCandidate>> & { waiting: number, sent: number, holds: number, start: number, turns: number }} Session
 * `holds`: how many acks ask to wait still; `start`: where in the recording it began, as a share; `turns`: batches since */

/** As many as a recorder may have. */
const MAX_IN_FLIGHT = 8
const LOOK_AGAIN_MS = 2

/** @type {Session[]} */
let sessions = []
/** @type {Plan | null} */
let plan = null
/** @type {Tally['acks']} */
let acks = []
let underWay = 0
let sent = 0
let acked = 0
let committed = 0
let turn = 0

endWithParent()
process.on('message', async (/** @type {any} */ message) => {
  if (message.open) {
    const { url, isBare, candidates } = message.open
    const opened = sessions.length
    sessions.push(
      ...(await inGroups(candidates.length, async (i) => {
        const candidate = await openCandidate({ url, isBare, candidate: candidates[i] })
        return { ...candidate, waiting: 0, sent: 0, holds: 0, start: startOf(opened + i), turns: 0 }
      })),
    )
    process.send?.({ areOpen: true })
  }
  if (message.isClose) {
    for (const session of sessions) session.close()
    sessions = []
    sent = 0
    acked = 0
    committed = 0
    process.send?.({ areClosed: true })
  }
  if (message.plan) {
    plan = message.plan
    fill()
  }
  if (message.isStop) plan = null
  // Of the sessions that are open; the bench asks PostgreSQL, so that no session need be asked.
  if ('committed' in message) {
    committed = message.committed
    fill()
  }
  if (message.isTally) {
    process.send?.({ acks, acked, sent: sessions.map((session) => session.sent), underWay })
    acks = []
  }
})

function fill() {
  while (plan !== null && underWay < plan.underWay && sent - committed < plan.maxUncommitted) {
    const session = next()
    if (session === null) return void setTimeout(fill, LOOK_AGAIN_MS)
    const events = batchOf(session, plan.batches)
    underWay += 1
    session.waiting += 1
    session.sent += events.length
    sent += events.length
    if (plan.throughEvents !== null && sent >= plan.throughEvents) plan = null
    session.send(events, (tookMs, retryAfterMs) => {
      underWay -= 1
      session.waiting -= 1
      acked += events.length
      acks.push([performance.now(), tookMs])
      if (retryAfterMs > 0) hold(session, retryAfterMs)
      fill()
    })
  }
}

/**
 * Each session goes through the recording from a place of its own, as interviews do: taking turns through it, one of many would jump
 * with each batch, and what its snapshots differ by would grow with the number of sessions. The places are even for any number.
 */
const startOf = (/** @type {number} */ index) => (index * 0.618_034) % 1

/** The next batch of a session. */
function batchOf(/** @type {Session} */ session, /** @type {object[][]} */ batches) {
  const at = Math.floor(session.start * batches.length) + session.turns++
  return batches[at % batches.length] ?? []
}

function hold(/** @type {Session} */ session, /** @type {number} */ ms) {
  session.holds += 1
  // The last of them counts, as the service has it.
  setTimeout(() => {
    session.holds -= 1
    fill()
  }, ms)
}

/** Whose turn it is; null where all have as many under way as they may. */
function next() {
  for (let looks = 0; looks < sessions.length; looks++) {
    const session = sessions[turn++ % sessions.length]
    if (session && session.waiting < MAX_IN_FLIGHT && session.holds === 0) return session
  }
  return null
}
