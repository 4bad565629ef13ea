// How fast one worker brings what waits in Redis into PostgreSQL, beside COPY of the same rows: see README.md.
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import postgres from 'postgres'
import { spread } from './support/numbers.mjs'
import { startProduct } from './support/product.mjs'
import { batchesOf, realEvents } from './support/real-events.mjs'
import { micros, table } from './support/table.mjs'

export const about = 'rows/s from Redis into the tables by one worker, beside COPY of the same rows'

export const options = {
  rounds: { default: 3, about: 'each with services of its own' },
  events: { default: 300_000, about: 'that wait in Redis' },
  sessions: { default: 200, about: 'they belong to' },
}

const MIN_SHARE = 0.8
const BATCH_EVENTS = 500
const TIMEOUT_MS = 180_000
const UNLIMITED = { RATE_LIMIT_SERVICE_PER_MINUTE: '0', LOG_LEVEL: 'warn', BACKLOG_SLOW_EVENTS: '10000000' }

/**
 * @param {Record<string, number>} chosen
 * @param {(text: string) => void} say
 * @returns {Promise<{ lines: string[], result: Record<string, unknown> }>}
 */
export async function run({ rounds: count = 1, events = 1, sessions = 1 }, say) {
  const recording = await realEvents()
  const batches = batchesOf(recording.events, { batchEvents: BATCH_EVENTS })
  const rounds = []
  for (let i = 0; i < count; i++) {
    const here = (/** @type {string} */ text) => say(`round ${i + 1} of ${count}: ${text}`)
    const product = await startProduct(here, UNLIMITED, { hasWorker: false })
    const sql = postgres(product.databaseUrl, { max: 2, onnotice: () => {} })
    try {
      const sent = await fill(product, batches, { events, sessions }, here)
      here('one worker')
      await product.startWorker()
      const ours = await flushed(sql, sent)
      here('COPY of the same rows')
      const limit = await copied(sql, await rowsOf(product.databaseUrl), sent)
      rounds.push({ ours, limit })
    } finally {
      await sql.end({ timeout: 5 })
      await product.stop()
    }
  }
  const [ours, limit] = [spread(rounds.map((r) => r.ours)), spread(rounds.map((r) => r.limit))]
  const ratio = ours.median / limit.median
  return {
    lines: [
      `${events} events of ${sessions} sessions: ${recording.about}.`,
      '',
      ...table(
        ['rows/s', 'median', 'of COPY'],
        [
          ['one worker', micros(ours), ratio.toFixed(2)],
          ['COPY by one connection', micros(limit), '1.00'],
        ],
      ),
    ],
    result: {
      ours: ours.median,
      limit: limit.median,
      peer: null,
      unit: 'rows/s',
      ratio,
      goal: `≥ ${MIN_SHARE} × COPY of the same rows`,
      holds: ratio >= MIN_SHARE,
      rounds,
      events,
      sessions,
    },
  }
}

/**
 * @param {Awaited<ReturnType<typeof startProduct>>} product
 * @param {object[][]} batches
 * @param {{ events: number, sessions: number }} plan
 * @param {(text: string) => void} say
 * @returns {Promise<number>} events that wait
 */
async function fill({ createSession, url, token }, batches, { events, sessions }, say) {
  const each = Math.ceil(events / sessions / BATCH_EVENTS)
  let sent = 0
  const one = async (/** @type {number} */ index) => {
    const { id } = await createSession()
    for (let i = 0; i < each; i++) {
      const batch = (batches[(index + i) % batches.length] ?? []).map((event) => ({
        ...event,
        timestamp: Date.now(),
      }))
      const response = await fetch(`${url}/v1/sessions/${id}/events`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ source: 'fill', firstSeq: 1 + i * BATCH_EVENTS, events: batch }),
      })
      if (!response.ok) throw new Error(`A batch was refused: ${response.status} ${await response.text()}`)
      sent += batch.length
    }
    say(`filling: ${sent} of ${each * sessions * BATCH_EVENTS} events`)
  }
  for (let i = 0; i < sessions; i += 10) {
    await Promise.all(Array.from({ length: Math.min(10, sessions - i) }, (_, k) => one(i + k)))
  }
  return sent
}

/** Rows/s from the first commit on: how long the worker takes to start is not the question. */
async function flushed(/** @type {postgres.Sql} */ sql, /** @type {number} */ sent) {
  const look = async () => {
    const [row] = await sql`select coalesce(sum(event_count), 0)::int as n from session_recordings`
    return { atMs: performance.now(), rows: Number(row?.n) }
  }
  const deadlineMs = Date.now() + TIMEOUT_MS
  let first = await look()
  for (; first.rows === 0; first = await look()) await delay(POLL_MS)
  let last = first
  for (; last.rows < sent; last = await look()) {
    if (Date.now() > deadlineMs) throw new Error(`${last.rows} of ${sent} events were committed in time.`)
    await delay(POLL_MS)
  }
  const [kept] = await sql`select count(*)::int as n from session_events`
  if (kept?.n !== sent) throw new Error(`${sent} events were sent, ${kept?.n} rows are there.`)
  return (last.rows - first.rows) / ((last.atMs - first.atMs) / 1000)
}

const POLL_MS = 20

/**
 * The rows as COPY writes them, over a connection of its own: where the last piece filled the stream, the driver reads nothing
 * more from the connection that a COPY has come from.
 * @returns {Promise<Buffer[]>}
 */
async function rowsOf(/** @type {string} */ databaseUrl) {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} })
  const rows = []
  try {
    for await (const chunk of await sql`copy session_events (${sql(COLUMNS)}) to stdout`.readable())
      rows.push(chunk)
    return rows
  } finally {
    await sql.end({ timeout: 1 })
  }
}

/** Rows/s of the rows as they are, out of the table and in again. */
async function copied(
  /** @type {postgres.Sql} */ sql,
  /** @type {Buffer[]} */ rows,
  /** @type {number} */ sent,
) {
  await sql`truncate session_events`
  await sql`checkpoint`
  const startedMs = performance.now()
  await sql.begin(async (tx) => {
    const into = await tx`copy session_events (${sql(COLUMNS)}) from stdin`.writable()
    for (const chunk of gathered(rows)) if (!into.write(chunk)) await once(into, 'drain')
    await new Promise((resolve, reject) => {
      into.once('error', reject)
      into.end(() => resolve(undefined))
    })
  })
  const tookSec = (performance.now() - startedMs) / 1000
  const [kept] = await sql`select count(*)::int as n from session_events`
  if (kept?.n !== sent) throw new Error(`${kept?.n} of ${sent} rows were copied.`)
  return sent / tookSec
}

const CHUNK_BYTES = 256 * 1024
/** What the worker writes; the id is made by PostgreSQL in both. */
const COLUMNS = [
  'session_id',
  'seq',
  'type',
  'timestamp',
  'file_id',
  'checkpoint',
  'source',
  'source_seq',
  'received_at',
  'meta',
  'data',
]

/** PostgreSQL sends a row a piece: in pieces that small the socket would be measured. */
function* gathered(/** @type {Buffer[]} */ rows) {
  let some = []
  let bytes = 0
  for (const row of rows) {
    some.push(row)
    bytes += row.length
    if (bytes < CHUNK_BYTES) continue
    yield Buffer.concat(some)
    some = []
    bytes = 0
  }
  yield Buffer.concat(some)
}
