// What it costs to take a million old rows out of PostgreSQL while others record, beside a bare DELETE: see README.md.
import { setTimeout as delay } from 'node:timers/promises'
import postgres from 'postgres'
import { startLive } from './purge/live-load.mjs'
import {
  OLD_TABLES,
  oldSessions,
  purged,
  RETAINED_EVENTS,
  sizesOf,
  templateSession,
} from './purge/old-sessions.mjs'
import { costBetween, postgresCost } from './purge/postgres-cost.mjs'
import { checkKept } from './support/kept-events.mjs'
import { cpuSecOf, pidsOf } from './support/processes.mjs'
import { startProduct } from './support/product.mjs'
import { batchesOf, realEvents } from './support/real-events.mjs'
import { megabytes, table } from './support/table.mjs'

export const about =
  "PostgreSQL's processor time to purge 1,000,000 rows of archived sessions while others record, beside a bare DELETE"

export const options = {
  sessions: { default: 40, about: 'that are purged, and as many that are deleted' },
  events: { default: 26_000, about: 'of each; the last 1,000 stay' },
  candidates: { default: 20, about: 'who record meanwhile, ten events a second each' },
}

const MAX_CPU_SEC = 10
const MAX_GAP_MS = 10_000
const FLUSH_DUE_MS = 2_000
const IDLE_SEC = 15
const BATCH_EVENTS = 10
const EVERY_MS = 1_000

/**
 * @param {Record<string, number>} chosen
 * @param {(text: string) => void} say
 * @returns {Promise<{ lines: string[], result: Record<string, unknown> }>}
 */
export async function run({ sessions = 1, events = 1, candidates = 1 }, say) {
  const product = await startProduct(say, {
    RATE_LIMIT_SERVICE_PER_MINUTE: '0',
    LOG_LEVEL: 'warn',
    CLOSE_GRACE_MS: '0',
    RETAIN_ROWS_MS: '0',
    RETAIN_LAST_EVENTS: String(RETAINED_EVENTS),
    RETENTION_EVERY_MS: '500',
    FLUSH_DUE_MS: String(FLUSH_DUE_MS),
  })
  const sql = postgres(product.databaseUrl, { max: 4, onnotice: () => {} })
  try {
    // Cleaning up is measured by itself, and not whenever PostgreSQL comes to it.
    for (const name of OLD_TABLES) await sql`alter table ${sql(name)} set (autovacuum_enabled = off)`
    const template = await templateSession(product, sql, events, say)
    const throughSeq = template.count - RETAINED_EVENTS
    const rows = sessions * throughSeq
    const toPurge = await oldSessions(product, sql, template, sessions, say)
    await settled(sql)
    const full = await sizesOf(sql)

    say('recording alone')
    const batches = batchesOf((await realEvents()).events, { batchEvents: BATCH_EVENTS })
    const live = await startLive(product, sql, batches, { candidates, everyMs: EVERY_MS })
    await delay(2 * FLUSH_DUE_MS)
    live.tally()
    const alone = await measured(sql, () => delay(IDLE_SEC * 1000))
    const always = {
      cpuSec: alone.cost.cpuSec / alone.cost.tookSec,
      walBytes: alone.cost.walBytes / alone.cost.tookSec,
    }
    const aloneTally = live.tally()

    const [worker = 0] = pidsOf(product.mark, 'dist/run/workers/main.js')
    const workerBefore = cpuSecOf(worker)
    await sql`update session_recordings set archive_state = 'verified' where id = any(${toPurge}::uuid[])`
    const ours = await measured(sql, () => purged(sql, toPurge, throughSeq, say), always)
    const workerCpuSec = cpuSecOf(worker) - workerBefore
    const purgeTally = live.tally()
    const oursVacuum = await measured(sql, () => vacuumed(sql, say), always)
    await checkPurged(sql, product, toPurge, template.count)

    // As many again find their place in what the others have left; emptied pages of an index only after one more vacuum.
    await vacuumed(sql, say)
    const emptied = await sizesOf(sql)
    const toDelete = await oldSessions(product, sql, template, sessions, say)
    await settled(sql)
    const refilled = await sizesOf(sql)

    live.tally()
    const limit = await measured(sql, () => deleted(sql, toDelete, throughSeq, say), always)
    const deleteTally = live.tally()
    const limitVacuum = await measured(sql, () => vacuumed(sql, say), always)
    await checkKept(sql, await live.stop())

    const perMillion = (/** @type {number} */ value) => (value / rows) * 1e6
    const ratio = ours.cost.cpuSec / limit.cost.cpuSec
    const line = (
      /** @type {string} */ name,
      /** @type {typeof ours} */ work,
      /** @type {typeof ours} */ vacuum,
      /** @type {ReturnType<typeof live.tally>} */ tally,
    ) => [
      name,
      work.cost.tookSec.toFixed(1),
      perMillion(work.cost.cpuSec).toFixed(2),
      megabytes({ median: perMillion(work.cost.walBytes) }),
      perMillion(vacuum.cost.cpuSec).toFixed(2),
      megabytes({ median: perMillion(vacuum.cost.walBytes) }),
      ...tallyCells(tally),
    ]
    const grownBytes = refilled.tableBytes + refilled.indexBytes - emptied.tableBytes - emptied.indexBytes
    const reused = 1 - grownBytes / (full.tableBytes + full.indexBytes)
    return {
      lines: [
        `${rows} rows of ${sessions} sessions, with what belongs to them in three more tables, ${megabytes({ median: full.tableBytes })} MB and`,
        `${megabytes({ median: full.indexBytes })} MB of indexes. PostgreSQL's seconds of processor time and MB of log are per million rows.`,
        '',
        ...table(
          [
            '',
            'seconds',
            'processor',
            'log',
            'vacuum',
            'its log',
            'acks p50',
            'p99, ms',
            'longest without a commit, s',
          ],
          [
            line('purge', ours, oursVacuum, purgeTally),
            line('bare DELETE', limit, limitVacuum, deleteTally),
            ['recording alone', alone.cost.tookSec.toFixed(1), '', '', '', '', ...tallyCells(aloneTally)],
          ],
        ),
        '',
        `  the worker's processor time per million rows: ${perMillion(workerCpuSec).toFixed(1)} s`,
        `  of as many rows that came afterwards, ${(reused * 100).toFixed(0)} % took the place of those that went`,
      ],
      result: {
        ours: perMillion(ours.cost.cpuSec),
        limit: perMillion(limit.cost.cpuSec),
        peer: null,
        unit: "s of PostgreSQL's processor time per million rows",
        ratio,
        goal: `≤ ${MAX_CPU_SEC} s, no live session without a commit for ${MAX_GAP_MS / 1000} s`,
        holds: perMillion(ours.cost.cpuSec) <= MAX_CPU_SEC && purgeTally.longestGapMs <= MAX_GAP_MS,
        rows,
        sessions,
        costs: {
          purge: ours.cost,
          purgeVacuum: oursVacuum.cost,
          delete: limit.cost,
          deleteVacuum: limitVacuum.cost,
          recordingPerSec: always,
          workerCpuSec,
        },
        live: { alone: aloneTally, purge: purgeTally, delete: deleteTally },
        sizes: { full, emptied, refilled },
        reused,
      },
    }
  } finally {
    await sql.end({ timeout: 5 })
    await product.stop()
  }
}

const tallyCells = (/** @type {{ ackP50Ms: number, ackP99Ms: number, longestGapMs: number }} */ tally) => [
  tally.ackP50Ms.toFixed(1),
  tally.ackP99Ms.toFixed(0),
  (tally.longestGapMs / 1000).toFixed(1),
]

/**
 * @param {postgres.Sql} sql
 * @param {() => Promise<unknown>} act
 * @param {{ cpuSec: number, walBytes: number }} [always] per second, of what is not the act's
 */
async function measured(sql, act, always) {
  const before = await postgresCost(sql)
  await act()
  return { cost: costBetween(before, await postgresCost(sql), always) }
}

/** As rows of a month ago are: cleaned up, and written to disk. */
async function settled(/** @type {postgres.Sql} */ sql) {
  for (const name of OLD_TABLES) await sql`vacuum (freeze, analyze) ${sql(name)}`
  await sql`checkpoint`
}

async function vacuumed(/** @type {postgres.Sql} */ sql, /** @type {(text: string) => void} */ say) {
  for (const name of OLD_TABLES) {
    say(`vacuum of ${name}`)
    await sql`vacuum ${sql(name)}`
  }
}

/** What the rows take at least to go: a statement for each session and table, nothing compared. */
async function deleted(
  /** @type {postgres.Sql} */ sql,
  /** @type {string[]} */ ids,
  /** @type {number} */ throughSeq,
  /** @type {(text: string) => void} */ say,
) {
  for (const [i, id] of ids.entries()) {
    say(`deleting: session ${i + 1} of ${ids.length}`)
    for (const name of OLD_TABLES)
      await sql`delete from ${sql(name)} where session_id = ${id} and seq <= ${throughSeq}`
  }
}

/** The last rows are there and nothing else, and one of the sessions reads as it did. */
async function checkPurged(
  /** @type {postgres.Sql} */ sql,
  /** @type {Awaited<ReturnType<typeof startProduct>>} */ product,
  /** @type {string[]} */ ids,
  /** @type {number} */ count,
) {
  const [left] = await sql`
    select count(*)::int as rows, min(seq)::int as first, max(seq)::int as last, count(distinct session_id)::int as sessions
    from session_events where session_id = any(${ids}::uuid[])`
  const expected = {
    rows: ids.length * RETAINED_EVENTS,
    first: count - RETAINED_EVENTS + 1,
    last: count,
    sessions: ids.length,
  }
  for (const [key, value] of Object.entries(expected))
    if (left?.[key] !== value) throw new Error(`After the purge ${key} is ${left?.[key]}, not ${value}.`)
  let read = 0
  for (let afterSeq = 0; ; ) {
    const page = await product.call('GET', `/sessions/${ids[0]}/events?limit=5000&afterSeq=${afterSeq}`)
    for (const { seq } of page.events)
      if (seq !== ++read) throw new Error(`Event ${seq} was read in the place of ${read}.`)
    if (page.nextAfterSeq === null) break
    afterSeq = page.nextAfterSeq
  }
  if (read !== count) throw new Error(`${read} of ${count} events were read after the purge.`)
}
