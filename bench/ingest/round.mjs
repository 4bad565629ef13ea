import { setTimeout as delay } from 'node:timers/promises'
import { bareCandidates, newCandidates } from '../support/candidates.mjs'
import { answerOf, ask, child } from '../support/child.mjs'
import { checkKept, committedOf } from '../support/kept-events.mjs'
import { percentile, sum } from '../support/numbers.mjs'
import { batchesOf, meanBytesOf, realEvents } from '../support/real-events.mjs'

/** Batches of a candidate under way: a recorder may have eight, and 200 candidates fill a machine with two. */
const IN_FLIGHT = 2
/** What a candidate holds uncommitted before it waits, so that nobody acks what is never committed. */
const MAX_UNCOMMITTED = 2_500
const MEAN_EVENT_BYTES = 150
const DRAIN_TIMEOUT_MS = 120_000

/** @typedef {'recorder' | 'echo' | 'http'} Kind */
/** @typedef {{ kind: Kind, perSec: number, ackedPerSec: number, backlogGrowth: number, ackP50Ms: number, ackP99Ms: number }} Round */

/** Who is measured, in words. */
export const KIND_NAMES = {
  recorder: 'our recorder',
  echo: 'bare echo with acks',
  http: 'one POST per event',
}

/** What a round can be told. */
export const ROUND_OPTIONS = {
  rounds: { default: 3, about: 'of each, in turns' },
  seconds: { default: 30, about: 'that are measured of a round' },
  warm: { default: 8, about: 'seconds before that' },
  candidates: { default: 200, about: 'each over a connection of its own' },
  batch: { default: 25, about: 'events of a batch' },
}

/** Real events, in batches, of the size that is usual. */
export async function usualBatches(/** @type {number} */ batchEvents) {
  const recording = await realEvents()
  const batches = batchesOf(recording.events, { batchEvents, meanEventBytes: MEAN_EVENT_BYTES })
  return { about: recording.about, batches, eventBytes: Math.round(meanBytesOf(batches)) }
}

/**
 * @typedef {object} Stage
 * @property {Awaited<ReturnType<typeof import('../support/product.mjs').startProduct>>} product
 * @property {import('postgres').Sql} sql of the product's database
 * @property {object[][]} batches
 * @property {Record<string, number>} chosen of ROUND_OPTIONS
 * @property {(text: string) => void} say
 */

/**
 * One round of one kind: a warm-up, the seconds that are measured, and a look at whether everything is there.
 * @param {Kind} kind
 * @param {Stage} stage
 * @returns {Promise<Round>}
 * @throws where an event is missing or there twice
 */
export async function ingestRound(kind, { product, sql, batches, chosen, say }) {
  const { seconds = 1, warm = 1, candidates: count = 1 } = chosen
  const peer = kind === 'recorder' ? null : await startPeer(kind, product.databaseUrl)
  const candidates = kind === 'recorder' ? await newCandidates(product, count) : bareCandidates(count)
  const ids = candidates.map(({ sessionId }) => sessionId)
  const load = child('ingest/load.mjs')
  try {
    const url = peer === null ? product.url : `http://127.0.0.1:${peer.port}`
    const shape = { candidates, batches, inFlight: IN_FLIGHT, maxUncommitted: MAX_UNCOMMITTED }
    await ask(load, { plan: { kind, url, ...shape } }, 'isReady')
    const look = async () => {
      const [{ acked, ackMs }, committed] = await Promise.all([tallyOf(load), countOf(sql, kind, ids)])
      return { atMs: performance.now(), acked: sum(acked), committed: committed ?? sum(acked), ackMs }
    }
    await delay(warm * 1000)
    const before = await look()
    await delay(seconds * 1000)
    const after = await look()
    const tookSec = (after.atMs - before.atMs) / 1000
    load.send({ isStop: true })
    say(`${KIND_NAMES[kind]}: waiting for what is on its way`)
    await drained({ kind, load, sql, ids, peer })
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
 * Waits until everything that was acked is committed, and looks whether it is there once.
 * @param {{ kind: Kind, load: import('../support/child.mjs').ChildProcess, sql: import('postgres').Sql, ids: string[],
 *   peer: Peer | null }} stage
 */
async function drained({ kind, load, sql, ids, peer }) {
  const deadlineMs = Date.now() + DRAIN_TIMEOUT_MS
  let tally = await tallyOf(load)
  for (; tally.underWay > 0; tally = await tallyOf(load)) await delay(100)
  if (kind === 'echo') return
  const acked = sum(tally.acked)
  if (peer !== null) await ask(peer.process, { isFlush: true }, 'isFlushed')
  let committed = await countOf(sql, kind, ids)
  for (; (committed ?? 0) < acked; committed = await countOf(sql, kind, ids)) {
    if (Date.now() > deadlineMs)
      throw new Error(`${acked} events were acked, and ${committed} are committed.`)
    await delay(200)
  }
  if (committed !== acked) throw new Error(`${acked} events were acked, and ${committed} are committed.`)
  if (kind === 'recorder') await checkKept(sql, new Map(ids.map((id, i) => [id, tally.acked[i] ?? 0])))
}

/** Committed events; null where nothing is. */
async function countOf(
  /** @type {import('postgres').Sql} */ sql,
  /** @type {Kind} */ kind,
  /** @type {string[]} */ ids,
) {
  if (kind === 'echo') return null
  if (kind === 'recorder') return committedOf(sql, ids)
  const [row] = await sql`select count(*)::int as n from plain_events`
  return Number(row?.n)
}

/** @typedef {{ process: import('../support/child.mjs').ChildProcess, port: number }} Peer */

/** @returns {Promise<Peer>} */
async function startPeer(/** @type {Kind} */ kind, /** @type {string} */ databaseUrl) {
  const name = kind === 'echo' ? 'echo-server.mjs' : 'plain-server.mjs'
  const process = child(`ingest/${name}`, { DATABASE_URL: databaseUrl })
  const { port } = await answerOf(process, 'port')
  return { process, port }
}

/** @returns {Promise<import('./load.mjs').Tally>} */
const tallyOf = (/** @type {import('../support/child.mjs').ChildProcess} */ load) =>
  ask(load, { isTally: true }, 'acked')
