// What more servers cost: see README.md.
import { setTimeout as delay } from 'node:timers/promises'
import postgres from 'postgres'
import { newCandidates, UNLIMITED } from './support/candidates.mjs'
import { ask, child } from './support/child.mjs'
import { checkKept } from './support/kept-events.mjs'
import { spread, sum } from './support/numbers.mjs'
import { cpuSecOf, pidsOf } from './support/processes.mjs'
import { startProduct } from './support/product.mjs'
import { table } from './support/table.mjs'

export const about =
  'processor time of servers for an event as servers are added; and what the others of eight do for a watched room'

export const options = {
  rounds: { default: 3, about: 'of each, in turns' },
  seconds: { default: 15, about: 'that are measured of a round' },
  warm: { default: 4, about: 'seconds before that' },
  sessions: { default: 200, about: 'with a recorder each, and in the rounds with eight servers a watcher' },
  every: { default: 100, about: 'ms between two events of a session' },
  dense: { default: 40, about: 'the same where much more comes at once' },
}

const MAX_TIMES = 1.1
/** Of a processor; above it a server that has no part in a session works for it. */
const MAX_BYSTANDER_SHARE = 0.005
const SERVER = 'dist/run/server/main.js'

/** @typedef {{ url: string, pid: number }} Node */
/**
 * How many servers, and whether each of two has as many sessions as the one had (servers are added since candidates
 * came) or half of them (servers are added, and nobody came).
 * @typedef {'one' | 'grown' | 'shared'} Growth
 */
/** @typedef {{ growth: Growth, everyMs: number, cpuSecPerMillion: number, eventsPerSec: number }} CostRound */
/** @typedef {{ quietShare: number, busyShare: number, eventsPerSec: number }} RoomRound of one bystander, on average */

const KINDS = /** @type {Growth[]} */ (['one', 'grown', 'shared'])
const NAMES = {
  one: 'one server',
  grown: 'two servers, as many candidates on each',
  shared: 'two servers, the candidates of the one shared',
}

/**
 * @param {Record<string, number>} chosen
 * @param {(text: string) => void} say
 * @returns {Promise<{ lines: string[], result: Record<string, unknown> }>}
 */
export async function run(chosen, say) {
  const { rounds: count = 1 } = chosen
  const product = await startProduct(say, UNLIMITED)
  const sql = postgres(product.databaseUrl, { max: 1, onnotice: () => {} })
  const stage = { product, sql, chosen }
  try {
    const known = pidsOf(product.mark, SERVER)
    const nodes = [{ url: product.url, pid: known[0] ?? 0 }]
    const more = async () => {
      const { url } = await product.startServer()
      const pid = pidsOf(product.mark, SERVER).find((one) => !nodes.some((node) => node.pid === one)) ?? 0
      nodes.push({ url, pid })
    }
    await more()
    /** @type {CostRound[]} */
    const costs = []
    const paces = [chosen.every ?? 1, chosen.dense ?? 1]
    const turn = paces.flatMap((everyMs) => KINDS.map((growth) => ({ growth, everyMs })))
    for (let i = 0; i < count; i++) {
      for (const { growth, everyMs } of i % 2 === 0 ? turn : turn.toReversed()) {
        say(`round ${i + 1} of ${count}, ${NAMES[growth]}, an event each ${everyMs} ms`)
        costs.push(await costRound(stage, nodes, growth, everyMs))
      }
    }
    while (nodes.length < 8) await more()
    /** @type {RoomRound[]} */
    const rooms = []
    for (let i = 0; i < count; i++) {
      say(`round ${i + 1} of ${count}, eight servers, watchers on one of them`)
      rooms.push(await roomRound(stage, nodes))
    }
    return report(costs, rooms, chosen)
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

/**
 * @param {Stage} stage
 * @param {Node[]} two
 * @param {Growth} growth
 * @param {number} everyMs between two events of a session
 * @returns {Promise<CostRound>}
 */
async function costRound({ product, sql, chosen }, two, growth, everyMs) {
  const { sessions = 1, seconds = 1, warm = 1 } = chosen
  const nodes = growth === 'one' ? two.slice(0, 1) : two
  const share = growth === 'shared' ? Math.round(sessions / nodes.length) : sessions
  const parts = await Promise.all(nodes.map(() => newCandidates(product, share)))
  const senders = nodes.map(() => child('live/senders.mjs'))
  try {
    await Promise.all(
      senders.map((sender, i) => {
        const plan = { kind: 'recorder', candidates: parts[i], everyMs, url: nodes[i]?.url }
        return ask(sender, { plan }, 'isReady')
      }),
    )
    await delay(warm * 1000)
    const before = { events: await sentBy(senders), cpuSec: cpuOf(nodes) }
    await delay(seconds * 1000)
    const cpuSec = cpuOf(nodes) - before.cpuSec
    const events = (await sentBy(senders)) - before.events
    await checkAll(sql, senders, parts)
    return { growth, everyMs, cpuSecPerMillion: (cpuSec / events) * 1e6, eventsPerSec: events / seconds }
  } finally {
    for (const sender of senders) sender.kill('SIGKILL')
  }
}

/** All candidates on the first server, all their watchers on the second. @returns {Promise<RoomRound>} */
async function roomRound(/** @type {Stage} */ { product, sql, chosen }, /** @type {Node[]} */ nodes) {
  const { sessions = 1, seconds = 1, warm = 1, every: everyMs = 100 } = chosen
  const [first, second, ...bystanders] = nodes
  const share = (/** @type {number} */ cpuSec) => cpuSec / seconds / bystanders.length
  let cpuSec = cpuOf(bystanders)
  await delay(seconds * 1000)
  const quietShare = share(cpuOf(bystanders) - cpuSec)
  const candidates = await newCandidates(product, sessions)
  const [senders, watchers] = [child('live/senders.mjs'), child('live/watchers.mjs')]
  try {
    const plan = { kind: 'recorder', candidates, token: product.token, everyMs }
    await ask(watchers, { plan: { ...plan, url: second?.url } }, 'isReady')
    await ask(senders, { plan: { ...plan, url: first?.url } }, 'isReady')
    await delay(warm * 1000)
    const events = await sentBy([senders])
    cpuSec = cpuOf(bystanders)
    await delay(seconds * 1000)
    const busyShare = share(cpuOf(bystanders) - cpuSec)
    const eventsPerSec = ((await sentBy([senders])) - events) / seconds
    await checkAll(sql, [senders], [candidates])
    return { quietShare, busyShare, eventsPerSec }
  } finally {
    senders.kill('SIGKILL')
    watchers.kill('SIGKILL')
  }
}

const cpuOf = (/** @type {Node[]} */ nodes) => sum(nodes.map(({ pid }) => cpuSecOf(pid)))

/** @typedef {import('node:child_process').ChildProcess} ChildProcess */

async function sentBy(/** @type {ChildProcess[]} */ senders) {
  const tallies = await Promise.all(senders.map((sender) => ask(sender, { isTally: true }, 'counts')))
  return sum(tallies.flatMap(({ counts }) => counts))
}

/** Stops the senders; what they sent is in PostgreSQL, once. */
async function checkAll(
  /** @type {postgres.Sql} */ sql,
  /** @type {ChildProcess[]} */ senders,
  /** @type {import('./support/candidates.mjs').Candidate[][]} */ parts,
) {
  const answers = await Promise.all(senders.map((sender) => ask(sender, { isStop: true }, 'counts')))
  const sent = parts.flatMap((part, i) =>
    part.map(({ sessionId }, n) => /** @type {[string, number]} */ ([sessionId, answers[i].counts[n]])),
  )
  await checkKept(sql, new Map(sent))
}

function report(
  /** @type {CostRound[]} */ costs,
  /** @type {RoomRound[]} */ rooms,
  /** @type {Record<string, number>} */ { sessions, every = 1, dense = 1 },
) {
  const roundsOf = (/** @type {Growth} */ growth, /** @type {number} */ everyMs) =>
    costs.filter((round) => round.growth === growth && round.everyMs === everyMs)
  const on = (/** @type {Growth} */ growth, /** @type {number} */ everyMs) =>
    spread(roundsOf(growth, everyMs).map((round) => round.cpuSecPerMillion)).median
  const timesOf = (/** @type {Growth} */ growth, /** @type {number} */ everyMs) =>
    on(growth, everyMs) / on('one', everyMs)
  const of = (/** @type {'quietShare' | 'busyShare'} */ what) => spread(rooms.map((round) => round[what]))
  const ratio = Math.max(timesOf('grown', every), timesOf('grown', dense))
  const bystander = of('busyShare').median - of('quietShare').median
  const percent = (/** @type {number} */ part) => `${(part * 100).toFixed(2)} %`
  const row = (/** @type {Growth} */ growth, /** @type {number} */ everyMs) => {
    const perSec = spread(roundsOf(growth, everyMs).map((round) => round.eventsPerSec)).median
    return [
      NAMES[growth],
      perSec.toFixed(0),
      on(growth, everyMs).toFixed(0),
      timesOf(growth, everyMs).toFixed(2),
    ]
  }
  return {
    lines: [
      `${sessions} sessions, an event each ${every} ms of each, and each ${dense} ms.`,
      '',
      ...table(
        ['processor seconds of servers per million events', 'events/s', 'all together', 'times'],
        [every, dense].flatMap((everyMs) => KINDS.map((growth) => row(growth, everyMs))),
      ),
      '',
      `  eight servers, candidates on one, their watchers on another: each of the other six takes ${percent(of('busyShare').median)}`,
      `  of a processor, and ${percent(of('quietShare').median)} while nobody records`,
    ],
    result: {
      ours: on('grown', every),
      limit: on('one', every),
      peer: null,
      unit: 'processor seconds of servers per million events',
      ratio,
      goal: `two servers with as many candidates each ≤ ${MAX_TIMES} × one, at both paces; who has no part in a session takes ≤ ${percent(MAX_BYSTANDER_SHARE)} more`,
      holds: ratio <= MAX_TIMES && bystander <= MAX_BYSTANDER_SHARE,
      shared: { ratio: timesOf('shared', every), denseRatio: timesOf('shared', dense) },
      rounds: [...costs, ...rooms],
      bystander: { quietShare: of('quietShare').median, busyShare: of('busyShare').median },
      sessions,
      every,
      dense,
    },
  }
}
