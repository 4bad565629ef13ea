import { setTimeout as delay } from 'node:timers/promises'
import { bareCandidates, newCandidates } from '../support/candidates.mjs'
import { answerOf, child } from '../support/child.mjs'
import { ackFigures, startLoad } from './driver.mjs'

/** @typedef {import('./driver.mjs').Figures} Figures */

/** Batches under way over all sessions: enough to fill a machine with two processors, and the same for any number. */
const UNDER_WAY = 40
/** Of ten sessions each, less than what makes the service ask it to slow down (`BACKLOG_SLOW_EVENTS`). */
const MAX_UNCOMMITTED = 300_000

/**
 * Ingest with more and more sessions connected, all of them sending, under the same load.
 * @param {import('./driver.mjs').Stage} stage
 * @param {readonly number[]} counts of sessions, rising
 * @returns {Promise<Figures[]>} for each count
 */
export async function moreSessions({ product, sql, batches, chosen, say }, counts) {
  const load = startLoad({ url: product.url, sql })
  try {
    const plan = { batches, underWay: UNDER_WAY, maxUncommitted: MAX_UNCOMMITTED }
    const figures = await grow(load, counts, (n) => newCandidates(product, n), { plan, chosen, say })
    say('waiting for what is on its way')
    await load.drain()
    await load.close()
    return figures
  } finally {
    load.end()
  }
}

/** The same over bare connections to a server that acks: what of it is the load's and Socket.IO's own. */
export async function moreEchoes(
  /** @type {import('./driver.mjs').Stage} */ { batches, chosen, say },
  /** @type {readonly number[]} */ counts,
) {
  const echo = child('ingest/echo-server.mjs')
  const { port } = await answerOf(echo, 'port')
  const load = startLoad({ url: `http://127.0.0.1:${port}`, sql: null })
  try {
    const plan = { batches, underWay: UNDER_WAY, maxUncommitted: MAX_UNCOMMITTED }
    const quick = { warm: 1, seconds: Math.ceil((chosen.seconds ?? 1) / 2) }
    return await grow(load, counts, async (n) => bareCandidates(n), { plan, chosen: quick, say })
  } finally {
    load.end()
    echo.kill('SIGKILL')
  }
}

/**
 * @param {ReturnType<typeof startLoad>} load
 * @param {readonly number[]} counts
 * @param {(n: number) => Promise<import('../support/candidates.mjs').Candidate[]>} make
 * @param {{ plan: Omit<import('./load.mjs').Plan, 'throughEvents'>, chosen: Record<string, number>, say: (text: string) => void }} how
 * @returns {Promise<Figures[]>}
 */
async function grow(load, counts, make, { plan, chosen: { warm = 1, seconds = 1 }, say }) {
  const figures = []
  let connected = 0
  for (const count of counts) {
    say(`${count} sessions`)
    // Whoever connects would wait behind the load.
    load.pause()
    await load.open(await make(count - connected))
    connected = count
    load.run({ ...plan, throughEvents: null })
    await delay(warm * 1000)
    const look = async () => ({ events: await load.committed(), atMs: performance.now() })
    const before = await look()
    await load.tally()
    await delay(seconds * 1000)
    const { acks } = await load.tally()
    const after = await look()
    const perSec = (after.events - before.events) / ((after.atMs - before.atMs) / 1000)
    figures.push({ perSec, ...ackFigures(acks) })
  }
  return figures
}
