// How many events a second come in and are committed, beside a bare echo and beside one POST per event: see README.md.
import { fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import postgres from 'postgres'
import { percentile, spread } from './support/numbers.mjs'
import { startProduct } from './support/product.mjs'
import { batchesOf, realEvents } from './support/real-events.mjs'
import { ROOT } from './support/root.mjs'
import { micros, table } from './support/table.mjs'

export const about =
  'events/s acked and committed to PostgreSQL, beside a bare Socket.IO echo and one POST per event'

export const options = {
  rounds: { default: 3, about: 'of each of the three, in turns' },
  seconds: { default: 30, about: 'that are measured of a round' },
  warm: { default: 8, about: 'seconds before that' },
  candidates: { default: 200, about: 'each over a connection of its own' },
  batch: { default: 25, about: 'events of a batch' },
}

const MIN_SHARE_OF_ECHO = 0.4
const MIN_TIMES_PLAIN = 8
/** Batches of a candidate under way: a recorder may have eight, and 200 candidates fill a machine with two. */
const IN_FLIGHT = 2
/** What a candidate holds uncommitted before it waits, so that nobody acks what is never committed. */
const MAX_UNCOMMITTED = 2_500
/** A backlog that grows by more than this share of what came in is not steady. */
const MAX_BACKLOG_GROWTH = 0.05
const DRAIN_TIMEOUT_MS = 120_000

/** @typedef {'recorder' | 'echo' | 'http'} Kind */
/** @typedef {{ kind: Kind, perSec: number, ackedPerSec: number, backlogGrowth: number, ackP50Ms: number, ackP99Ms: number }} Round */

/**
 * @param {Record<string, number>} chosen
 * @param {(text: string) => void} say
 * @returns {Promise<{ lines: string[], result: Record<string, unknown> }>}
 */
export async function run(chosen, say) {
  const { rounds: count = 1, candidates = 1, batch = 1 } = chosen
  const recording = await realEvents()
  const batches = batchesOf(recording.events, { batchEvents: batch })
  const bytes = batches.flat().reduce((total, event) => total + JSON.stringify(event).length, 0)
  const eventBytes = Math.round(bytes / batches.flat().length)
  const product = await startProduct(say, UNLIMITED)
  const sql = postgres(product.databaseUrl, { max: 2, onnotice: () => {} })
  try {
    /** @type {Round[]} */
    const rounds = []
    for (let i = 0; i < count; i++) {
      const turn = /** @type {Kind[]} */ (['recorder', 'echo', 'http'])
      for (const kind of i % 2 === 0 ? turn : turn.toReversed()) {
        say(`round ${i + 1} of ${count}, ${NAMES[kind]}`)
        rounds.push(await oneRound(kind, { product, sql, batches, chosen, say }))
      }
    }
    return report(rounds, { recording: recording.about, eventBytes, candidates, batch })
  } finally {
    await sql.end({ timeout: 5 })
    await product.stop()
  }
}

const NAMES = { recorder: 'our recorder', echo: 'bare echo with acks', http: 'one POST per event' }

/** Two hundred tabs behind one address, all at once. */
const UNLIMITED = {
  RATE_LIMIT_CONNECTIONS_PER_MINUTE: '0',
  RATE_LIMIT_SERVICE_PER_MINUTE: '0',
  LOG_LEVEL: 'warn',
}

/**
 * @typedef {object} Stage
 * @property {Awaited<ReturnType<typeof startProduct>>} product
 * @property {postgres.Sql} sql
 * @property {object[][]} batches
 * @property {Record<string, number>} chosen
 * @property {(text: string) => void} say
 */

/** @returns {Promise<Round>} */
async function oneRound(
  /** @type {Kind} */ kind,
  /** @type {Stage} */ { product, sql, batches, chosen, say },
) {
  const { seconds = 1, warm = 1, candidates: count = 1 } = chosen
  const peer = kind === 'recorder' ? null : await startPeer(kind, product.databaseUrl)
  const candidates = await inGroups(count, async () => {
    const session = kind === 'recorder' ? await product.createSession() : null
    return {
      token: session?.candidateToken ?? '',
      sourceId: randomBytes(8).toString('hex'),
      sessionId: session?.id ?? randomBytes(16).toString('hex'),
    }
  })
  const ids = candidates.map(({ sessionId }) => sessionId)
  const load = child('load.mjs', {})
  try {
    const ready = answerOf(load, 'isReady')
    load.send({
      plan: {
        kind,
        url: peer === null ? product.url : `http://127.0.0.1:${peer.port}`,
        candidates,
        batches,
        inFlight: IN_FLIGHT,
        maxUncommitted: MAX_UNCOMMITTED,
      },
    })
    await ready
    const look = async () => {
      const [tally, committed] = await Promise.all([
        tallyOf(load),
        kind === 'echo' ? null : committedOf(sql, kind, ids),
      ])
      const acked = tally.acked.reduce((total, n) => total + n, 0)
      return { atMs: performance.now(), acked, committed: committed ?? acked, ackMs: tally.ackMs }
    }
    await delay(warm * 1000)
    const before = await look()
    await delay(seconds * 1000)
    const after = await look()
    const tookSec = (after.atMs - before.atMs) / 1000
    load.send({ isStop: true })
    if (kind !== 'echo') {
      say(`${NAMES[kind]}: waiting for what is on its way`)
      await drained({ kind, load, sql, ids, peer })
    }
    const came = after.acked - before.acked
    return {
      kind,
      perSec: (after.committed - before.committed) / tookSec,
      ackedPerSec: came / tookSec,
      backlogGrowth: (came - (after.committed - before.committed)) / came,
      ackP50Ms: percentile(after.ackMs, 0.5),
      ackP99Ms: percentile(after.ackMs, 0.99),
    }
  } finally {
    load.kill('SIGKILL')
    peer?.process.kill('SIGKILL')
    await sql`drop table if exists plain_events`
    // The next round has tables of the same size.
    if (kind === 'recorder') await sql`truncate session_recordings cascade`
  }
}

/**
 * Everything that was acked is there, once each, under the seqs 1, 2, 3…: else the round is worth nothing.
 * @param {{ kind: Kind, load: import('node:child_process').ChildProcess, sql: postgres.Sql, ids: string[],
 *   peer: Peer | null }} stage
 */
async function drained({ kind, load, sql, ids, peer }) {
  const deadlineMs = Date.now() + DRAIN_TIMEOUT_MS
  let tally = await tallyOf(load)
  while (tally.underWay > 0) {
    await delay(100)
    tally = await tallyOf(load)
  }
  const acked = tally.acked.reduce((total, n) => total + n, 0)
  if (kind === 'http') peer?.process.send('flush')
  while ((await committedOf(sql, kind, ids)) < acked) {
    if (Date.now() > deadlineMs) throw new Error(`${acked} events were acked, and not all are committed.`)
    await delay(200)
  }
  if (kind === 'http') return
  const rows = await sql`
    select s.id, s.event_count::int as count, e.rows::int, e.first::int, e.last::int, e.distinct::int
    from session_recordings s join lateral (
      select count(*) as rows, min(seq) as first, max(seq) as last, count(distinct source_seq) as distinct
      from session_events where session_id = s.id) e on true
    where s.id = any(${ids})`
  const byId = new Map(rows.map((row) => [row.id, row]))
  ids.forEach((id, i) => {
    const row = byId.get(id)
    const n = tally.acked[i]
    const isWhole =
      row && [row.count, row.rows, row.last, row.distinct].every((one) => one === n) && row.first === 1
    if (!isWhole) throw new Error(`Session ${id}: ${n} events acked, kept: ${JSON.stringify(row)}`)
  })
}

/** @returns {Promise<number>} */
async function committedOf(
  /** @type {postgres.Sql} */ sql,
  /** @type {Kind} */ kind,
  /** @type {string[]} */ ids,
) {
  const [row] =
    kind === 'recorder'
      ? await sql`select sum(event_count)::int as n from session_recordings where id = any(${ids})`
      : await sql`select count(*)::int as n from plain_events`
  return row?.n ?? 0
}

/** @typedef {{ process: import('node:child_process').ChildProcess, port: number }} Peer */

/** @returns {Promise<Peer>} */
async function startPeer(/** @type {Kind} */ kind, /** @type {string} */ databaseUrl) {
  const process = child(kind === 'echo' ? 'echo-server.mjs' : 'plain-server.mjs', {
    DATABASE_URL: databaseUrl,
  })
  const { port } = await answerOf(process, 'port')
  return { process, port }
}

const child = (/** @type {string} */ name, /** @type {NodeJS.ProcessEnv} */ env) =>
  fork(join(ROOT, 'bench/ingest', name), { env: { ...process.env, NODE_ENV: 'production', ...env } })

/** The next message that has a field; a process that ends first is a fault. */
function answerOf(
  /** @type {import('node:child_process').ChildProcess} */ from,
  /** @type {string} */ field,
) {
  return new Promise((resolve, reject) => {
    const onMessage = (/** @type {any} */ message) => {
      if (!(field in message)) return
      off()
      resolve(message)
    }
    const onExit = (/** @type {number | null} */ code) => {
      off()
      reject(new Error(`A process of the bench ended with ${code}.`))
    }
    const off = () => from.off('message', onMessage).off('exit', onExit)
    from.on('message', onMessage).on('exit', onExit)
  })
}

/** @returns {Promise<import('./ingest/load.mjs').Tally & { underWay: number }>} */
function tallyOf(/** @type {import('node:child_process').ChildProcess} */ load) {
  const answer = answerOf(load, 'acked')
  load.send({ isTally: true })
  return answer
}

/** @template T @returns {Promise<T[]>} */
async function inGroups(/** @type {number} */ count, /** @type {() => Promise<T>} */ make) {
  const all = []
  while (all.length < count)
    all.push(...(await Promise.all(Array.from({ length: Math.min(20, count - all.length) }, make))))
  return all
}

function report(/** @type {Round[]} */ rounds, /** @type {Record<string, unknown>} */ details) {
  const of = (/** @type {Kind} */ kind, /** @type {keyof Round} */ what = 'perSec') =>
    spread(rounds.filter((round) => round.kind === kind).map((round) => Number(round[what])))
  const [ours, limit, peer] = [of('recorder').median, of('echo').median, of('http').median]
  const growth = of('recorder', 'backlogGrowth')
  const holds = {
    echo: ours / limit >= MIN_SHARE_OF_ECHO,
    plain: ours / peer >= MIN_TIMES_PLAIN,
    steady: growth.high <= MAX_BACKLOG_GROWTH,
  }
  const kinds = /** @type {Kind[]} */ (['echo', 'recorder', 'http'])
  return {
    lines: [
      `${details.candidates} candidates, batches of ${details.batch} events of ${details.eventBytes} bytes: ${details.recording}.`,
      '',
      ...table(
        ['events/s', 'committed', 'acked', 'ack p50 ms', 'ack p99 ms', 'of the echo'],
        kinds.map((kind) => [
          NAMES[kind],
          micros(of(kind)),
          micros(of(kind, 'ackedPerSec')),
          micros(of(kind, 'ackP50Ms')),
          micros(of(kind, 'ackP99Ms')),
          (of(kind).median / limit).toFixed(2),
        ]),
      ),
      '',
      `  ours ÷ one POST per event: ${(ours / peer).toFixed(1)}; the backlog grew by ${(growth.median * 100).toFixed(1)} % of what came in`,
    ],
    result: {
      ours,
      limit,
      peer,
      unit: 'events/s committed',
      ratio: ours / limit,
      goal: `≥ ${MIN_SHARE_OF_ECHO} × the echo, ≥ ${MIN_TIMES_PLAIN} × one POST per event, backlog steady`,
      holds: holds.echo && holds.plain && holds.steady,
      rounds,
      timesPeer: ours / peer,
      each: holds,
      ...details,
    },
  }
}
