// What a connected candidate who does nothing takes up in a server's memory, beside a bare connection: see README.md.
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import postgres from 'postgres'
import { bareCandidates, newCandidates, UNLIMITED } from './support/candidates.mjs'
import { answerOf, ask, child } from './support/child.mjs'
import { checkKept, committedOf } from './support/kept-events.mjs'
import { spread } from './support/numbers.mjs'
import { memoryOf, pidsOf } from './support/processes.mjs'
import { startProduct } from './support/product.mjs'
import { ROOT } from './support/root.mjs'
import { table } from './support/table.mjs'

export const about =
  'resident memory of a connected candidate who does nothing, beside a bare Socket.IO connection'

export const options = {
  rounds: { default: 3, about: 'of each, in turns, each with a server process of its own' },
  candidates: { default: 5_000, about: 'connected in the end' },
  first: { default: 1_000, about: 'of them that fill what the process had free, and are not measured' },
}

const MAX_TIMES = 1.25
/** Each with its share of the connections, so that no client waits for another's garbage. */
const TAB_PROCESSES = 2
const SETTLED_SHARE = 0.003
const LOOK_MS = 1_000
const SETTLED_LOOKS = 3
const SETTLE_TIMEOUT_MS = 40_000
const COMMIT_TIMEOUT_MS = 60_000
const COLLECT_GARBAGE = `--import=${pathToFileURL(join(ROOT, 'bench/idle/collect-garbage.mjs')).href}`

/** @typedef {'candidates' | 'bare'} Kind */
/** @typedef {{ kind: Kind, bytes: number, firstBytes: number }} Round bytes of one connection, and of the server with the first ones */
/** @typedef {import('./support/candidates.mjs').Candidate} Candidate */

const NAMES = { candidates: 'our candidate', bare: 'bare connection' }

/**
 * @param {Record<string, number>} chosen
 * @param {(text: string) => void} say
 * @returns {Promise<{ lines: string[], result: Record<string, unknown> }>}
 */
export async function run({ rounds: count = 1, candidates: connections = 1, first = 1 }, say) {
  const product = await startProduct(say, UNLIMITED)
  const sql = postgres(product.databaseUrl, { max: 1, onnotice: () => {} })
  try {
    say(`making ${connections} sessions`)
    const candidates = await newCandidates(product, connections)
    /** @type {Round[]} */
    const rounds = []
    for (let i = 0; i < count; i++) {
      const turn = /** @type {Kind[]} */ (['candidates', 'bare'])
      for (const kind of i % 2 === 0 ? turn : turn.toReversed()) {
        say(`round ${i + 1} of ${count}, ${NAMES[kind]}`)
        const measured =
          kind === 'bare' ? bareRound(connections, first) : ourRound(product, candidates, first)
        rounds.push({ kind, ...(await measured) })
      }
    }
    say('looking whether all that was sent is there')
    await allKept(sql, candidates, count)
    return report(rounds, { connections, first })
  } finally {
    await sql.end({ timeout: 5 })
    await product.stop()
  }
}

async function bareRound(/** @type {number} */ connections, /** @type {number} */ first) {
  const server = child('idle/bare-server.mjs', { NODE_OPTIONS: COLLECT_GARBAGE })
  try {
    const { port } = await answerOf(server, 'port')
    const target = { url: `http://127.0.0.1:${port}`, isBare: true, pid: Number(server.pid) }
    return await oneRound(target, bareCandidates(connections), first)
  } finally {
    server.kill('SIGKILL')
  }
}

/** The server stays, without connections: it ends with the product. */
async function ourRound(
  /** @type {Awaited<ReturnType<typeof startProduct>>} */ product,
  /** @type {Candidate[]} */ candidates,
  /** @type {number} */ first,
) {
  const { url, port } = await product.startServer({ NODE_OPTIONS: COLLECT_GARBAGE })
  const [pid] = pidsOf({ PORT: String(port) }, 'dist/run/server/main.js')
  if (pid === undefined) throw new Error('The server that was started is not there.')
  return oneRound({ url, isBare: false, pid }, candidates, first)
}

/**
 * What memory each further connection adds, after some.
 * @param {{ url: string, isBare: boolean, pid: number }} server
 * @param {Candidate[]} candidates
 * @param {number} first
 */
async function oneRound({ url, isBare, pid }, candidates, first) {
  const tabs = Array.from({ length: TAB_PROCESSES }, () => child('idle/tabs.mjs'))
  const open = (/** @type {Candidate[]} */ some) =>
    Promise.all(
      tabs.map((process, i) => {
        const its = some.filter((_, k) => k % tabs.length === i)
        return ask(process, { url, isBare, candidates: its }, 'areOpen')
      }),
    )
  try {
    await open(candidates.slice(0, first))
    const firstBytes = await settledBytes(pid)
    await open(candidates.slice(first))
    const fullBytes = await settledBytes(pid)
    return { bytes: (fullBytes - firstBytes) / (candidates.length - first), firstBytes }
  } finally {
    for (const process of tabs) process.kill('SIGKILL')
  }
}

/** The process's resident memory, once collecting garbage changes it no more. */
async function settledBytes(/** @type {number} */ pid) {
  const deadlineMs = Date.now() + SETTLE_TIMEOUT_MS
  let last = memoryOf(pid).nowBytes
  for (let steady = 0; steady < SETTLED_LOOKS && Date.now() < deadlineMs; ) {
    process.kill(pid, 'SIGUSR2')
    await delay(LOOK_MS)
    const now = memoryOf(pid).nowBytes
    steady = Math.abs(now - last) < SETTLED_SHARE * last ? steady + 1 : 0
    last = now
  }
  return last
}

/** Each candidate sent one event in each round. */
async function allKept(
  /** @type {postgres.Sql} */ sql,
  /** @type {Candidate[]} */ candidates,
  /** @type {number} */ rounds,
) {
  const ids = candidates.map(({ sessionId }) => sessionId)
  const deadlineMs = Date.now() + COMMIT_TIMEOUT_MS
  while ((await committedOf(sql, ids)) < ids.length * rounds) {
    if (Date.now() > deadlineMs) throw new Error('Not all that was acked is committed.')
    await delay(200)
  }
  await checkKept(sql, new Map(ids.map((id) => [id, rounds])))
}

function report(/** @type {Round[]} */ rounds, /** @type {Record<string, unknown>} */ details) {
  const of = (/** @type {Kind} */ kind, /** @type {'bytes' | 'firstBytes'} */ what) =>
    spread(rounds.filter((round) => round.kind === kind).map((round) => round[what]))
  const [ours, limit] = [of('candidates', 'bytes'), of('bare', 'bytes')]
  const ratio = ours.median / limit.median
  const row = (/** @type {Kind} */ kind) => [
    NAMES[kind],
    kibibytes(of(kind, 'bytes')),
    (of(kind, 'bytes').median / limit.median).toFixed(2),
    (of(kind, 'firstBytes').median / 2 ** 20).toFixed(0),
  ]
  return {
    lines: [
      `${details.connections} connections from Node.js, which are not compressed; each has sent one event. The first ${details.first} are not measured.`,
      '',
      ...table(['', 'KiB each', 'times', 'MiB with the first'], [row('bare'), row('candidates')]),
    ],
    result: {
      ours: ours.median,
      limit: limit.median,
      peer: null,
      unit: 'bytes of resident memory per connection',
      ratio,
      goal: `≤ ${MAX_TIMES} × a bare connection`,
      holds: ratio <= MAX_TIMES,
      rounds,
      ...details,
    },
  }
}

const kibibytes = (/** @type {{ median: number, low: number, high: number }} */ { median, low, high }) => {
  const kib = (/** @type {number} */ bytes) => (bytes / 1024).toFixed(1)
  return `${kib(median)} (${kib(low)}–${kib(high)})`
}
