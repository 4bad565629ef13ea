import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import postgres from 'postgres'
import { bundleProcesses, runTool } from '../../scripts/bare/build.mjs'
import { nodeServices, urlOf } from '../../scripts/bare/node-services.mjs'
import { freePort } from '../../scripts/bare/ports.mjs'
import { run } from '../../scripts/bare/processes.mjs'
import { RUN_MARK } from '../../scripts/bare/run-suite.mjs'
import { openTestRun, startTestPostgres, startTestRedis } from '../../scripts/bare/test-servers.mjs'
import { ROOT } from './root.mjs'
import { writeSigningKey } from './signing-key.mjs'

const HOST = '127.0.0.1'
const ARCHIVE_TIMEOUT_MS = 60_000

/**
 * The whole product, throwaway, its stores as durable as in production: PostgreSQL, Redis, an archive in a temporary folder, a
 * server and a worker. Gone at the end, also when this process is killed.
 * @param {(text: string) => void} say
 * @param {Record<string, string>} [settings] of the server and the worker, where they are not the defaults
 * @param {{ hasWorker?: boolean, postgres?: Record<string, string> }} [parts] without a worker until `startWorker` is called;
 *   settings of PostgreSQL that a measurement needs
 */
export async function startProduct(say, settings = {}, { hasWorker = true, postgres: more = {} } = {}) {
  const mark = `${process.pid}-${randomBytes(6).toString('hex')}`
  const testRun = openTestRun({ mark, note: say })
  try {
    say('compiling the server and the worker')
    const compiled = await runTool(ROOT, 'typescript/bin/tsc', ['-b', 'server', 'workers', 'client-sdk'])
    if (compiled.code !== 0) throw new Error(`The sources do not compile:\n${compiled.output}`)
    await bundleProcesses(ROOT, say)
    say('starting PostgreSQL, Redis, the server and the worker')
    const { value: database } = await startTestPostgres(testRun, ROOT, say, { durable: true, more })
    const { value: redis } = await startTestRedis(testRun, say, { durable: true })
    const archive = join(testRun.tempDir, 'archive')
    const secret = randomBytes(32).toString('base64url')
    const signingKeyFile = await writeSigningKey(testRun.tempDir)
    const [port, workerPort] = [await freePort(), await freePort()]
    const env = {
      PATH: process.env.PATH,
      [RUN_MARK]: mark,
      NODE_ENV: 'production',
      DATABASE_URL: await newDatabase(String(database.TEST_DATABASE_URL)),
      REDIS_URL: redis.TEST_REDIS_URL,
      ARCHIVE_URL: pathToFileURL(archive).href,
      AUTH_SECRET: secret,
      SIGNING_KEY_FILE: signingKeyFile,
      HOST,
      PORT: String(port),
      WORKER_PORT: String(workerPort),
      DATA_DIR: testRun.tempDir,
      ...settings,
    }
    const migrated = await run(process.execPath, [join(ROOT, 'dist/db/migrate.js')], { cwd: ROOT, env })
    if (migrated.code !== 0) throw new Error(`The database could not be made:\n${migrated.output}`)
    const services = nodeServices({ root: ROOT, server: { host: HOST, port }, workerPort, env })
    await testRun.supervisor.start(services.server)
    const startWorker = () => testRun.supervisor.start(services.worker)
    if (hasWorker) await startWorker()
    let servers = 1
    const startServer = async (/** @type {Record<string, string>} */ more = {}) => {
      const address = { host: HOST, port: await freePort() }
      const itsEnv = { ...env, ...more, PORT: String(address.port) }
      const { server } = nodeServices({ root: ROOT, server: address, workerPort, env: itsEnv })
      servers += 1
      await testRun.supervisor.start({ ...server, name: `server-${servers}`, title: `Server ${servers}` })
      return { url: urlOf(HOST, address.port), port: address.port }
    }
    const { signToken } = await import(pathToFileURL(join(ROOT, 'dist/server/auth/tokens.js')).href)
    const token = await signToken(
      { role: 'service', sub: 'bench', sid: '*', expiresInSec: 24 * 3600 },
      secret,
    )
    return {
      port,
      url: urlOf(HOST, port),
      startWorker,
      /** One more server process over the same stores; its environment may have more in it. */
      startServer,
      databaseUrl: env.DATABASE_URL,
      redisUrl: env.REDIS_URL,
      /** A service's, for all sessions. */
      token,
      archiveFolder: archive,
      /** Removed at the end, whatever the end is. */
      tempDir: testRun.tempDir,
      /** In the environment of a process that must not outlive this run. */
      mark: { [RUN_MARK]: mark },
      ...calls(urlOf(HOST, port), token, archive),
      stop: () => testRun.close(AbortSignal.timeout(30_000)),
    }
  } catch (error) {
    await testRun.close(AbortSignal.timeout(0))
    throw error
  }
}

/** What a platform's backend does with it. */
function calls(/** @type {string} */ url, /** @type {string} */ token, /** @type {string} */ archive) {
  /** @returns {Promise<any>} */
  const call = async (
    /** @type {string} */ method,
    /** @type {string} */ path,
    /** @type {unknown} */ body = undefined,
  ) => {
    const response = await fetch(`${url}/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return JSON.parse(text)
  }
  return {
    /** An answer's JSON; throws for what is no success. */
    call,
    /** @type {(more?: object) => Promise<{ id: string, candidateToken: string }>} */
    createSession: (more = {}) =>
      call('POST', '/sessions', { candidateId: `bench-${randomBytes(6).toString('hex')}`, ...more }),
    /**
     * Closes a session and waits until its archive is verified.
     * @param {string} id
     * @returns {Promise<string>} the folder of its objects
     */
    archiveOf: async (id) => {
      await call('POST', `/sessions/${id}/close`, {})
      const deadlineMs = Date.now() + ARCHIVE_TIMEOUT_MS
      while ((await call('GET', `/sessions/${id}`)).archive.state !== 'verified') {
        if (Date.now() > deadlineMs) throw new Error(`Session ${id} was not archived in time.`)
        await delay(200)
      }
      return join(archive, 'sessions', id)
    },
  }
}

async function newDatabase(/** @type {string} */ superuserUrl) {
  const sql = postgres(superuserUrl, { max: 1, onnotice: () => {} })
  try {
    await sql`create database recorder_bench`
  } finally {
    await sql.end()
  }
  return Object.assign(new URL(superuserUrl), { pathname: '/recorder_bench' }).href
}
