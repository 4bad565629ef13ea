import { setTimeout as delay } from 'node:timers/promises'
import { ask, child } from '../support/child.mjs'
import { checkKept } from '../support/kept-events.mjs'
import { percentile, sum } from '../support/numbers.mjs'

/** @typedef {import('../support/candidates.mjs').Candidate} Candidate */
/** @typedef {{ perSec: number, ackP50Ms: number, ackP99Ms: number }} Figures perSec of events that were committed */

/**
 * @typedef {object} Stage
 * @property {Awaited<ReturnType<typeof import('../support/product.mjs').startProduct>>} product
 * @property {import('postgres').Sql} sql of the product's database
 * @property {object[][]} batches
 * @property {Record<string, number>} chosen
 * @property {(text: string) => void} say
 */

const LOOK_MS = 250
const DRAIN_TIMEOUT_MS = 120_000

/**
 * A process that sends, and what it is told. The database has no sessions but those that it opens.
 * @param {{ url: string, sql: import('postgres').Sql | null }} target without a database: a server that acks and does nothing else
 */
export function startLoad({ url, sql }) {
  const load = child('growth/load.mjs')
  /** @type {Candidate[]} */
  const open = []
  /** @returns {Promise<import('./load.mjs').Tally>} */
  const tally = () => ask(load, { isTally: true }, 'acks')
  /** Events; acked ones where nothing is committed. */
  const committed = async () => {
    if (sql === null) return (await tally()).acked
    const [row] = await sql`select coalesce(sum(event_count), 0)::int as n from session_recordings`
    return Number(row?.n)
  }
  // A bare server has nothing to commit, so nothing waits.
  const known = sql === null ? async () => Number.MAX_SAFE_INTEGER : committed
  const timer = setInterval(async () => load.send({ committed: await known() }), LOOK_MS)
  return {
    tally,
    committed,
    async open(/** @type {Candidate[]} */ candidates) {
      await ask(load, { open: { url, isBare: sql === null, candidates } }, 'areOpen')
      open.push(...candidates)
    },
    run(/** @type {import('./load.mjs').Plan} */ plan) {
      load.send({ plan })
    },
    pause() {
      load.send({ isStop: true })
    },
    /**
     * Ends the plan of now, and waits until everything that was acked is committed.
     * @throws where an event is missing or there twice
     */
    async drain() {
      load.send({ isStop: true })
      const deadlineMs = Date.now() + DRAIN_TIMEOUT_MS
      let last = await tally()
      for (; last.underWay > 0; last = await tally()) await delay(50)
      if (sql === null) return
      while ((await committed()) < sum(last.sent)) {
        if (Date.now() > deadlineMs) throw new Error('Not all that was acked is committed.')
        await delay(100)
      }
      await checkKept(sql, new Map(open.map(({ sessionId }, i) => [sessionId, last.sent[i] ?? 0])))
    },
    /** The sessions are gone, from the database too. */
    async close() {
      await ask(load, { isClose: true }, 'areClosed')
      open.length = 0
      if (sql !== null) await sql`truncate session_recordings cascade`
    },
    end() {
      clearInterval(timer)
      load.kill('SIGKILL')
    },
  }
}

/** How long acks took. */
export function ackFigures(/** @type {import('./load.mjs').Tally['acks']} */ acks) {
  const tookMs = acks.map(([, ms]) => ms)
  return { ackP50Ms: percentile(tookMs, 0.5), ackP99Ms: percentile(tookMs, 0.99) }
}
