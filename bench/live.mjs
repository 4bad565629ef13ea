// How long an event is under way from a recorder to a watcher's callback, beside a bare relay: see README.md.
import { setTimeout as delay } from 'node:timers/promises'
import postgres from 'postgres'
import { bareCandidates, newCandidates, UNLIMITED } from './support/candidates.mjs'
import { answerOf, ask, child } from './support/child.mjs'
import { checkKept } from './support/kept-events.mjs'
import { percentile, spread, sum } from './support/numbers.mjs'
import { startProduct } from './support/product.mjs'
import { table } from './support/table.mjs'

export const about = "from record() to a watcher's callback over two servers, beside a bare Socket.IO relay"

export const options = {
  rounds: { default: 3, about: 'of each, in turns' },
  seconds: { default: 15, about: 'that are measured of a round' },
  warm: { default: 4, about: 'seconds before that' },
  sessions: { default: 200, about: 'with a recorder and a watcher each' },
  every: { default: 200, about: 'ms between two events of a session' },
}

const MAX_TIMES = 1.5
const ARRIVAL_TIMEOUT_MS = 20_000
/** Fewer events than were to be sent would make it look quick. */
const MIN_SHARE_SENT = 0.8

/** @typedef {'recorder' | 'relay'} Kind */
/** @typedef {{ kind: Kind, events: number, p50Ms: number, p99Ms: number, longestMs: number }} Round */

const NAMES = { recorder: 'our recorder', relay: 'bare relay' }

/**
 * @param {Record<string, number>} chosen
 * @param {(text: string) => void} say
 * @returns {Promise<{ lines: string[], result: Record<string, unknown> }>}
 */
export async function run(chosen, say) {
  const { rounds: count = 1, sessions, every } = chosen
  const product = await startProduct(say, UNLIMITED)
  const sql = postgres(product.databaseUrl, { max: 1, onnotice: () => {} })
  try {
    const second = await product.startServer()
    /** @type {Round[]} */
    const rounds = []
    for (let i = 0; i < count; i++) {
      const turn = /** @type {Kind[]} */ (['recorder', 'relay'])
      for (const kind of i % 2 === 0 ? turn : turn.toReversed()) {
        say(`round ${i + 1} of ${count}, ${NAMES[kind]}`)
        const stage = { product, sql, chosen }
        rounds.push(await (kind === 'recorder' ? recorderRound(stage, second.url) : relayRound(stage)))
      }
    }
    return report(rounds, { sessions, every })
  } finally {
    await sql.end({ timeout: 5 })
    await product.stop()
  }
}

/**
 * @typedef {object} Stage
 * @property {Awaited<ReturnType<typeof startProduct>>} product
 * @property {postgres.Sql} sql
 * @property {Record<string, number>} chosen
 */

/** @returns {Promise<Round>} */
async function recorderRound(/** @type {Stage} */ { product, sql, chosen }, /** @type {string} */ watchUrl) {
  const candidates = await newCandidates(product, chosen.sessions ?? 1)
  const urls = { sendUrl: product.url, watchUrl }
  const { counts, ...round } = await oneRound({
    kind: 'recorder',
    candidates,
    token: product.token,
    ...urls,
    chosen,
  })
  await checkKept(sql, new Map(candidates.map(({ sessionId }, i) => [sessionId, counts[i] ?? 0])))
  return round
}

/** @returns {Promise<Round>} */
async function relayRound(/** @type {Stage} */ { product, chosen }) {
  const servers = [1, 2].map(() => child('live/relay-server.mjs', { REDIS_URL: product.redisUrl }))
  try {
    const ports = await Promise.all(servers.map((server) => answerOf(server, 'port')))
    const [sendUrl = '', watchUrl = ''] = ports.map(({ port }) => `http://127.0.0.1:${port}`)
    const candidates = bareCandidates(chosen.sessions ?? 1)
    const { counts, ...round } = await oneRound({
      kind: 'relay',
      candidates,
      token: '',
      sendUrl,
      watchUrl,
      chosen,
    })
    return round
  } finally {
    for (const server of servers) server.kill('SIGKILL')
  }
}

/**
 * @param {{ kind: Kind, candidates: import('./support/candidates.mjs').Candidate[], token: string, sendUrl: string,
 *   watchUrl: string, chosen: Record<string, number> }} plan
 * @returns {Promise<Round & { counts: number[] }>} with the events of each session
 * @throws where an event did not come once
 */
async function oneRound({ kind, candidates, token, sendUrl, watchUrl, chosen }) {
  const { seconds = 1, warm = 1, every: everyMs = 200 } = chosen
  const [senders, watchers] = [child('live/senders.mjs'), child('live/watchers.mjs')]
  const tallyOf = () => ask(watchers, { isTally: true }, 'latencyMs')
  try {
    await ask(watchers, { plan: { kind, candidates, token, url: watchUrl } }, 'isReady')
    await ask(senders, { plan: { kind, candidates, everyMs, url: sendUrl } }, 'isReady')
    await delay(warm * 1000)
    await tallyOf()
    await delay(seconds * 1000)
    const { latencyMs } = await tallyOf()
    const due = (candidates.length * seconds * 1000) / everyMs
    if (latencyMs.length < due * MIN_SHARE_SENT)
      throw new Error(`${latencyMs.length} of ${due} events came in time: this machine is too busy.`)
    const { counts } = await ask(senders, { isStop: true }, 'counts')
    await arrived(tallyOf, sum(counts))
    return {
      kind,
      events: latencyMs.length,
      p50Ms: percentile(latencyMs, 0.5),
      p99Ms: percentile(latencyMs, 0.99),
      longestMs: percentile(latencyMs, 1),
      counts,
    }
  } finally {
    senders.kill('SIGKILL')
    watchers.kill('SIGKILL')
  }
}

/** Waits until the watchers have had everything; that nothing came twice they see themselves. */
async function arrived(
  /** @type {() => Promise<{ counts: number[] }>} */ tallyOf,
  /** @type {number} */ sent,
) {
  const deadlineMs = Date.now() + ARRIVAL_TIMEOUT_MS
  for (let come = -1; come !== sent; ) {
    come = sum((await tallyOf()).counts)
    if (Date.now() > deadlineMs || come > sent)
      throw new Error(`${sent} events were recorded, and ${come} came to watchers.`)
    await delay(50)
  }
}

function report(/** @type {Round[]} */ rounds, /** @type {Record<string, unknown>} */ details) {
  const of = (/** @type {Kind} */ kind, /** @type {keyof Round} */ what) =>
    spread(rounds.filter((round) => round.kind === kind).map((round) => Number(round[what])))
  const ratioOf = (/** @type {keyof Round} */ what) => of('recorder', what).median / of('relay', what).median
  const ratio = ratioOf('p99Ms')
  const row = (/** @type {Kind} */ kind) => [
    NAMES[kind],
    .../** @type {(keyof Round)[]} */ (['p50Ms', 'p99Ms', 'longestMs']).map((what) => ms(of(kind, what))),
  ]
  return {
    lines: [
      `${details.sessions} sessions, an event each ${details.every} ms of each; candidates on one server, watchers on the other.`,
      '',
      ...table(
        ['ms', 'p50', 'p99', 'longest'],
        [row('relay'), row('recorder'), ['times', ratioOf('p50Ms').toFixed(2), ratio.toFixed(2), '']],
      ),
    ],
    result: {
      ours: of('recorder', 'p99Ms').median,
      limit: of('relay', 'p99Ms').median,
      peer: null,
      unit: 'ms p99',
      ratio,
      goal: `p99 ≤ ${MAX_TIMES} × the relay`,
      holds: ratio <= MAX_TIMES,
      rounds,
      p50: { ours: of('recorder', 'p50Ms').median, limit: of('relay', 'p50Ms').median },
      ...details,
    },
  }
}

const ms = (/** @type {{ median: number, low: number, high: number }} */ { median, low, high }) =>
  `${median.toFixed(1)} (${low.toFixed(1)}–${high.toFixed(1)})`
