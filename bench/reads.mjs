// What reads of a long session cost: node bench/reads.mjs [events, default 100000]
// Needs a built tree (npm run build), and TEST_DATABASE_URL (a superuser's) and TEST_REDIS_URL, as tests do. It makes a
// database, an archive in a temporary folder and processes of its own, and removes them. Memory is read from /proc.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { Redis } from 'ioredis'
import postgres from 'postgres'
import { mixedEvents } from './mixed-events.mjs'
import { writeSigningKey } from './support/signing-key.mjs'

const EVENTS = Number(process.argv[2] ?? 100_000)
const { TEST_DATABASE_URL, TEST_REDIS_URL } = process.env
if (!TEST_DATABASE_URL || !TEST_REDIS_URL || !(EVENTS > 0)) {
  console.error('Usage: TEST_DATABASE_URL=… TEST_REDIS_URL=… node bench/reads.mjs [events]')
  process.exit(1)
}
const dist = (/** @type {string} */ path) => new URL(`../dist/${path}`, import.meta.url)
const { migrateDatabase } = await import(dist('db/migrate.js').href)
const { signToken } = await import(dist('server/auth/tokens.js').href)

const name = `recorder_bench_${randomBytes(4).toString('hex')}`
const databaseUrl = Object.assign(new URL(TEST_DATABASE_URL), { pathname: `/${name}` }).href
const folder = await mkdtemp(join(tmpdir(), 'recorder-bench-'))
const secret = randomBytes(32).toString('base64url')
const env = {
  PATH: process.env.PATH,
  DATABASE_URL: databaseUrl,
  REDIS_URL: TEST_REDIS_URL,
  REDIS_PREFIX: `${name}:`,
  ARCHIVE_URL: pathToFileURL(folder).href,
  AUTH_SECRET: secret,
  SIGNING_KEY_FILE: await writeSigningKey(folder),
  PORT: '0',
  WORKER_PORT: '0',
}
const admin = postgres(TEST_DATABASE_URL, { max: 1, onnotice: () => {} })
/** @type {import('node:child_process').ChildProcess[]} */
const children = []
try {
  await admin.unsafe(`create database ${name}`)
  await migrateDatabase(databaseUrl)
  const server = await start('server')
  await start('workers')
  await measure(server)
} finally {
  for (const child of children) child.kill('SIGKILL')
  await Promise.all(children.map((child) => child.exitCode ?? child.signalCode ?? once(child, 'exit')))
  await admin.unsafe(`drop database if exists ${name} with (force)`)
  await admin.end()
  await removeKeys()
  await rm(folder, { recursive: true, force: true })
}

async function removeKeys() {
  const redis = new Redis(String(TEST_REDIS_URL))
  for await (const keys of redis.scanStream({ match: `*${name}:*`, count: 500 })) {
    if (keys.length > 0) await redis.del(...keys)
  }
  redis.disconnect()
}

/** @typedef {{ pid: number, url: string, longestTurnMs(): Promise<number> }} Running */

/** @returns {Promise<Running>} */
async function start(/** @type {'server' | 'workers'} */ folderName) {
  const probe = new URL('./loop-probe.mjs', import.meta.url).href
  const child = spawn(process.execPath, ['--import', probe, fileURLToPath(dist(`${folderName}/main.js`))], {
    env,
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  children.push(child)
  let output = ''
  const port = await new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error(`${folderName} did not start: ${output}`)))
    child.stdout.on('data', (/** @type {Buffer} */ chunk) => {
      output = (output + chunk).slice(-10_000)
      const found = /"port":(\d+),"msg":"(?:server|worker) ready"/.exec(output)?.[1]
      if (found !== undefined) resolve(found)
    })
  })
  return {
    pid: child.pid ?? 0,
    url: `http://127.0.0.1:${port}`,
    longestTurnMs: async () => {
      const answer = once(child, 'message')
      child.send('longest turn since the last question')
      return (await answer)[0].longestMs
    },
  }
}

async function measure(/** @type {Running} */ server) {
  const token = await signToken({ role: 'service', sub: 'bench', sid: '*', expiresInSec: 3600 }, secret)
  const call = async (
    /** @type {string} */ method,
    /** @type {string} */ path,
    /** @type {unknown} */ body,
  ) => {
    const response = await fetch(`${server.url}/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const bytes = new Uint8Array(await response.arrayBuffer())
    const text = () => new TextDecoder().decode(bytes)
    if (response.status >= 300) throw new Error(`${method} ${path}: ${response.status} ${text()}`)
    return { bytes: bytes.length, json: () => JSON.parse(text()) }
  }
  const { id } = (await call('POST', '/sessions', { candidateId: 'bench' })).json()
  const startMs = Date.now() - 2 * 3600 * 1000
  const events = mixedEvents(EVENTS, startMs)
  const startedMs = performance.now()
  for (let from = 0; from < events.length; from += 500) {
    const query = from + 500 >= events.length ? '?wait=committed' : ''
    const body = { source: 'tab', firstSeq: from + 1, events: events.slice(from, from + 500) }
    await call('POST', `/sessions/${id}/events${query}`, body)
  }
  const jsonBytes = Buffer.byteLength(JSON.stringify(events))
  const endMs = events.at(-1)?.timestamp ?? startMs
  console.log(
    `${EVENTS} events, ${mb(jsonBytes)} MB of JSON, sent and committed in ${Math.round(performance.now() - startedMs)} ms`,
  )

  /** @type {[string, string][]} */
  const reads = [
    ['stats, first', '/stats'],
    ['stats, again', '/stats'],
    ['stats, recomputed', '/stats?recompute=true'],
    ['timeline', '/timeline'],
    ['explain, first page', '/stats/explain?metric=terminalActivity.totalCommands'],
    ['events, a page of 1000', `/events?afterSeq=${Math.floor(EVENTS / 2)}`],
    ['segment', '/segments/1'],
    ['state, start', `/state?atMs=${startMs + 60_000}`],
    ['state, middle', `/state?atMs=${Math.round((startMs + endMs) / 2)}`],
    ['state, end', '/state'],
  ]
  console.log('\nFrom rows:')
  for (const [what, path] of reads) await one(server, what, () => call('GET', `/sessions/${id}${path}`))
  await call('POST', `/sessions/${id}/close`, {})
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} })
  try {
    for (;;) {
      const { archive } = (await call('GET', `/sessions/${id}`)).json()
      if (archive.state === 'verified') break
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    await sql`update session_recordings set purged_through_seq = event_count where id = ${id}`
    for (const table of ['session_events', 'code_snapshots', 'claude_interactions', 'test_results']) {
      await sql`delete from ${sql(table)} where session_id = ${id}`
    }
  } finally {
    await sql.end()
  }
  console.log('\nClosed, archived, rows purged:')
  for (const [what, path] of reads) await one(server, what, () => call('GET', `/sessions/${id}${path}`))
}

/**
 * One read: how long it takes, by how much the server's memory rose above what it was before, and for how long at most it
 * kept the server from everything else.
 */
async function one(
  /** @type {Running} */ { pid, longestTurnMs },
  /** @type {string} */ what,
  /** @type {() => Promise<{ bytes: number }>} */ read,
) {
  // Linux forgets the highest memory so far.
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
  await longestTurnMs()
  const before = memoryKb(pid, 'VmRSS')
  const startedMs = performance.now()
  const { bytes } = await read()
  const tookMs = performance.now() - startedMs
  const extra = (memoryKb(pid, 'VmHWM') - before) * 1024
  const columns = [
    what.padEnd(24),
    `${tookMs.toFixed(0).padStart(6)} ms`,
    `${mb(bytes).padStart(6)} MB`,
    `memory + ${mb(Math.max(0, extra)).padStart(5)} MB`,
    `longest turn ${(await longestTurnMs()).toFixed(0).padStart(3)} ms`,
  ]
  console.log(columns.join('   '))
}

function mb(/** @type {number} */ bytes) {
  return (bytes / 1e6).toFixed(1)
}

function memoryKb(/** @type {number} */ pid, /** @type {'VmRSS' | 'VmHWM'} */ field) {
  return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
}
