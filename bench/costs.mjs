// What each thing costs each part, and how far the commit is behind: what `npm run plan` computes with. See README.md.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import postgres from 'postgres'
import { closeCosts } from './costs/closes.mjs'
import { commitsOf } from './costs/commits.mjs'
import { costsOf } from './costs/costs-of.mjs'
import { between, openMeters } from './costs/meters.mjs'
import { reportLines } from './costs/report.mjs'
import { newCandidates, UNLIMITED } from './support/candidates.mjs'
import { ask, child } from './support/child.mjs'
import { importSource } from './support/import-source.mjs'
import { checkKept, committedOf } from './support/kept-events.mjs'
import { machineNow } from './support/machine.mjs'
import { sum } from './support/numbers.mjs'
import { startProduct } from './support/product.mjs'
import { ROOT } from './support/root.mjs'

export const about =
  'processor time and bytes of each part for an event, a connection, a watcher and a close; and the lag of the commit'

export const options = {
  seconds: { default: 20, about: 'that are measured of each load' },
  candidates: {
    default: 800,
    about: 'connected, each with the real recorder; the loads are 50, 100, 200 and all',
  },
  write: {
    default: 0,
    about: '1: into scripts/plan/costs.json, which `npm run plan` computes with, and docs/operations.md',
  },
}

/** Longer than an event waits for its flush, so that as many are flushed as come. */
const WARM_SEC = 14
const SMALL_LOADS = [50, 100, 200]
const SENDER_PROCESSES = 2
/** Its multiples are spread evenly, however many of them there are: so the first fifty play all parts of the interview, as all do. */
const GOLDEN_RATIO = 0.618_034
const COLLECT_GARBAGE = `--import=${new URL('idle/collect-garbage.mjs', import.meta.url).href}`
const DRAIN_TIMEOUT_MS = 60_000

/**
 * @param {Record<string, number>} chosen
 * @param {(text: string) => void} say
 * @returns {Promise<{ lines: string[], result: Record<string, unknown> }>}
 */
export async function run({ seconds = 20, candidates: count = 800, write = 0 }, say) {
  const settings = { ...UNLIMITED, CLOSE_GRACE_MS: '0', NODE_OPTIONS: COLLECT_GARBAGE }
  const product = await startProduct(say, settings, { postgres: { track_commit_timestamp: 'on' } })
  const sql = postgres(product.databaseUrl, { max: 1, onnotice: () => {} })
  const meters = await openMeters(product, sql)
  try {
    const measured = await measure({ product, sql, meters, say, seconds, count })
    const costs = {
      measuredAt: new Date().toISOString().slice(0, 10),
      machine: machineNow(),
      ...costsOf(measured),
    }
    if (write === 1) await writeDown(costs)
    return {
      lines: reportLines(costs),
      result: {
        ours: null,
        limit: null,
        peer: null,
        unit: 'see costs',
        ratio: null,
        goal: 'everything that was acked is committed once and in order, at every load',
        holds: true,
        costs,
        measured,
      },
    }
  } finally {
    meters.close()
    await sql.end({ timeout: 5 })
    await product.stop()
  }
}

/** Where `npm run plan` and docs/operations.md have the figures from. */
async function writeDown(/** @type {import('../scripts/plan/costs.js').Costs} */ costs) {
  const { sizingBlocks, withBlocks } = await importSource('scripts/plan/sizing.ts')
  writeFileSync(join(ROOT, 'scripts/plan/costs.json'), `${JSON.stringify(costs, null, 2)}\n`)
  const gapsMs = (await interview()).map((/** @type {{ gapMs: number }} */ { gapMs }) => gapMs)
  const page = join(ROOT, 'docs/operations.md')
  writeFileSync(page, withBlocks(readFileSync(page, 'utf8'), sizingBlocks(costs, gapsMs)))
}

/**
 * @typedef {object} Stage
 * @property {Awaited<ReturnType<typeof startProduct>>} product
 * @property {postgres.Sql} sql
 * @property {import('./costs/meters.mjs').Meters} meters
 * @property {(text: string) => void} say
 * @property {number} seconds
 * @property {number} count of candidates
 */

/** @typedef {{ seconds: number, cpuSec: import('./costs/meters.mjs').PerPart }} Reading */
/** @typedef {Reading & { candidates: number, sent: number, shown: number, walBytes: number, fromMs: number, toMs: number }} Load */
/** @typedef {Awaited<ReturnType<typeof measure>>} Measured */

async function measure(/** @type {Stage} */ stage) {
  const { product, sql, meters, say, seconds, count } = stage
  /** @returns {Promise<Reading>} */
  const reading = async (/** @type {number} */ forSec) => {
    const [before, fromMs] = [meters.cpuSec(), performance.now()]
    await delay(forSec * 1000)
    return { cpuSec: between(before, meters.cpuSec()), seconds: (performance.now() - fromMs) / 1000 }
  }
  await delay(2_000)
  say('nobody is connected')
  const quiet = await reading(seconds / 2)
  const events = await interview()
  const emptyBytes = await meters.tableBytes()
  say(`making ${count} sessions`)
  const candidates = await newCandidates(product, count)
  const senders = Array.from({ length: SENDER_PROCESSES }, () => child('costs/candidates.mjs'))
  const watchers = child('costs/watchers.mjs')
  const parts = senders.map((_, k) => candidates.filter((_, i) => i % senders.length === k))
  const play = (/** @type {number} */ some) =>
    Promise.all(
      senders.map((one, k) => ask(one, { play: Math.ceil((some - k) / senders.length) }, 'isPlaying')),
    )
  const countsOf = async (/** @type {object} */ asked) => {
    const answers = await Promise.all(senders.map((one) => ask(one, asked, 'counts')))
    return answers.map(({ counts }) => /** @type {number[]} */ (counts))
  }
  const sentBy = async () => sum((await countsOf({ isTally: true })).flat())
  const ids = candidates.map(({ sessionId }) => sessionId)
  const allCommitted = async () => {
    const deadlineMs = Date.now() + DRAIN_TIMEOUT_MS
    while ((await committedOf(sql, ids)) < (await sentBy())) {
      if (Date.now() > deadlineMs) throw new Error('Not all that was acked was committed in time.')
      await delay(200)
    }
  }
  try {
    const alone = await settledMemory(meters)
    for (const [k, sender] of senders.entries()) {
      const begins = (parts[k] ?? []).map((_, i) => ((i * senders.length + k) * GOLDEN_RATIO) % 1)
      const plan = { url: product.url, candidates: parts[k], events, begins }
      await ask(sender, { plan }, 'isReady')
    }
    const memory = { alone, connected: await settledMemory(meters) }
    say(`${count} candidates do nothing`)
    const idle = await reading(seconds)
    const sessionBytes = await meters.redisBytesOf('*:meta:*')

    say('without a worker, for what waits in Redis')
    const buffered = await drainOf()
    /** @type {Load[]} */
    const loads = []
    for (const some of [...SMALL_LOADS.filter((one) => one < count), count]) {
      say(`${some} candidates play`)
      await play(some)
      loads.push(await load(some))
    }
    await play(0)
    await allCommitted()

    say('watchers, while nobody plays')
    const unwatchedBytes = await settledMemory(meters)
    await ask(watchers, { plan: { url: product.url, token: product.token, sessionIds: ids } }, 'isReady')
    const watcherBytes = (await settledMemory(meters)) - unwatchedBytes
    const idleWatched = await reading(seconds)
    say(`${count} watchers, while ${count} candidates play`)
    await play(count)
    const watchedLoad = await load(count)
    watchers.kill('SIGKILL')
    say(`${count} candidates play, once more without watchers`)
    const again = await load(count)
    await play(0)

    say('looking whether all that was sent is there, once')
    const counts = await countsOf({ isStop: true })
    const sent = new Map(
      parts.flatMap((part, k) => part.map(({ sessionId }, i) => [sessionId, counts[k]?.[i] ?? 0])),
    )
    await checkKept(sql, /** @type {Map<string, number>} */ (sent))
    const total = sum([...sent.values()])
    const tableBytes = (await meters.tableBytes()) - emptyBytes
    for (const sender of senders) sender.kill('SIGKILL')
    const commits = []
    for (const { fromMs, toMs } of [...loads, watchedLoad]) commits.push(await commitsOf(sql, fromMs, toMs))
    const short = [...sent].slice(0, 40).map(([id, events]) => ({ id, events }))
    const closes = await closeCosts({ product, meters, say }, events, short)
    const { imported } = closes
    const importCommits = await commitsOf(sql, imported.fromMs, imported.toMs)
    return {
      candidates: count,
      watchers: count,
      quiet,
      idle,
      idleWatched,
      memory: { ...memory, watcherBytes, worker: meters.memory().worker },
      sessionBytes,
      buffered,
      loads: loads.map((one, i) => ({ ...one, commits: commits[i] })),
      watchedLoad: { ...watchedLoad, commits: commits.at(-1) },
      again,
      imported: { ...imported, commits: importCommits },
      tables: { bytes: tableBytes, events: total },
      closes,
    }
  } finally {
    watchers.kill('SIGKILL')
    for (const sender of senders) sender.kill('SIGKILL')
  }

  /** All play while the worker is held up; then it commits what waited. */
  async function drainOf() {
    const stopped = meters.workerPid()
    process.kill(stopped, 'SIGSTOP')
    await play(count)
    await delay(WARM_SEC * 1000)
    await play(0)
    await delay(1_000)
    const sent = await sentBy()
    const redisBytes = await meters.redisBytesOf('*:batches:*')
    const [before, startedMs] = [meters.cpuSec(), Date.now()]
    process.kill(stopped, 'SIGCONT')
    await allCommitted()
    const endedMs = Date.now()
    const cpuSec = between(before, meters.cpuSec())
    const commits = await commitsOf(sql, startedMs, endedMs)
    return { sent, redisBytes, cpuSec, seconds: (endedMs - startedMs) / 1000, commits }
  }

  /** @returns {Promise<Load>} of so many candidates, who play already */
  async function load(/** @type {number} */ some) {
    await delay(WARM_SEC * 1000)
    const before = { sent: await sentBy(), shown: await shownBy(), walBytes: await meters.walBytes() }
    const fromMs = Date.now()
    const { cpuSec, seconds: took } = await reading(seconds)
    const toMs = Date.now()
    return {
      candidates: some,
      cpuSec,
      seconds: took,
      sent: (await sentBy()) - before.sent,
      shown: (await shownBy()) - before.shown,
      walBytes: (await meters.walBytes()) - before.walBytes,
      fromMs,
      toMs,
    }
  }

  /** @returns {Promise<number>} */
  async function shownBy() {
    return watchers.killed ? 0 : (await ask(watchers, { isTally: true }, 'shown')).shown
  }
}

/** The recorded demo interview, as it was typed: each event with the time since the one before it. */
async function interview() {
  const { demoInterviewEvents } = await importSource('scripts/plan/lag/rhythm.ts')
  return demoInterviewEvents(join(ROOT, 'scripts/simulate/samples/demo-interview.ndjson.gz'))
}

/** The server's resident memory once its garbage is collected, bytes. */
async function settledMemory(/** @type {import('./costs/meters.mjs').Meters} */ meters) {
  let bytes = 0
  for (let look = 0; look < 4; look++) {
    process.kill(meters.serverPid, 'SIGUSR2')
    await delay(1_000)
    bytes = meters.memory().server
  }
  return bytes
}
