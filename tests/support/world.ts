import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import postgres from 'postgres'
import { connectRedis, redisReady } from '../../db/redis.js'
import type { RecordedEvent } from '../../protocol/events.js'
import type { CreatedSessionView, EventPageView, SessionDetailView } from '../../protocol/http/index.js'
import { signToken } from '../../server/auth/tokens.js'
import { type ProductProcess, startProcess } from './process.js'
import { removeKeysWith } from './redis-keys.js'
import { testServices } from './services.js'
import { aSigningKeyPem } from './signing.js'
import { createDatabase, dropDatabase } from './template-database.js'

/**
 * A whole recorder of one test: its own database, Redis keys, archive and processes, all gone at the end.
 *
 *     await using world = await makeWorld()
 *     const server = await world.startServer()
 */
export interface World extends AsyncDisposable {
  readonly databaseUrl: string
  readonly redisUrl: string
  readonly archiveUrl: string
  readonly prefix: string
  readonly secret: string
  /** In PEM; its public half is what verifies. */
  readonly signingKeyFile: string
  readonly sql: postgres.Sql
  startServer(env?: Record<string, string>): Promise<ProductProcess>
  startWorker(env?: Record<string, string>): Promise<ProductProcess>
  token(role: 'candidate' | 'proctor' | 'service', sid?: string | string[], sub?: string): Promise<string>
  /** An HTTP call with a service token unless another is given; returns status and parsed body. */
  call<T = unknown>(
    server: Addressed,
    method: string,
    path: string,
    options?: { body?: unknown; token?: string | null; headers?: Record<string, string> },
  ): Promise<{ status: number; body: T }>
  createSession(server: Addressed, extra?: Record<string, unknown>): Promise<CreatedSessionView>
  getSession(server: Addressed, id: string): Promise<SessionDetailView>
  readAll(server: Addressed, id: string): Promise<RecordedEvent[]>
}

/** Where a server is. */
type Addressed = Pick<ProductProcess, 'url'>

export interface WorldOptions {
  /** A migrated database of the test's own PostgreSQL; its maker drops it. Default: one of the run's. */
  databaseUrl?: string
  redisUrl?: string
  archiveUrl?: string
  env?: Record<string, string>
}

export async function makeWorld(options: WorldOptions = {}): Promise<World> {
  const name = `t${randomBytes(6).toString('hex')}`
  const redisUrl = options.redisUrl ?? testServices().redisUrl
  const databaseUrl = options.databaseUrl ?? (await createDatabase(`recorder_${name}`))
  const folder = await mkdtemp(join(tmpdir(), 'recorder-archive-'))
  const archiveUrl = options.archiveUrl ?? pathToFileURL(folder).href
  const secret = randomBytes(32).toString('base64url')
  const signingKeyFile = join(await mkdtemp(join(tmpdir(), 'recorder-key-')), 'signing-key.pem')
  await writeFile(signingKeyFile, aSigningKeyPem())
  const sql = postgres(databaseUrl, { max: 2, onnotice: () => {} })
  const processes: ProductProcess[] = []
  const prefix = `${name}:`
  const env = {
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    REDIS_PREFIX: prefix,
    ARCHIVE_URL: archiveUrl,
    AUTH_SECRET: secret,
    SIGNING_KEY_FILE: signingKeyFile,
    PORT: '0',
    WORKER_PORT: '0',
    // Browsers and other tests have the same processors, and a test waits for its worker.
    WORKER_NICE: '0',
    SHARDS: '4',
    ...options.env,
  }
  const start = async (kind: 'server' | 'workers', extra: Record<string, string>) => {
    const started = await startProcess(kind, { ...env, ...extra })
    processes.push(started)
    return started
  }

  const world: World = {
    databaseUrl,
    redisUrl,
    archiveUrl,
    prefix,
    secret,
    signingKeyFile,
    sql,
    startServer: (extra = {}) => start('server', extra),
    startWorker: (extra = {}) => start('workers', extra),
    token: (role, sid = '*', sub = `${role}-of-test`) =>
      signToken({ role, sub, sid, expiresInSec: 3600 }, secret),
    call: async (server, method, path, { body, token, headers } = {}) => {
      const bearer = token === undefined ? await world.token('service') : token
      const response = await fetch(`${server.url}${path}`, {
        method,
        headers: {
          ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      const text = await response.text()
      return { status: response.status, body: (text === '' ? null : JSON.parse(text)) as never }
    },
    createSession: async (server, extra = {}) => {
      const body = { candidateId: `candidate-${randomBytes(6).toString('hex')}`, ...extra }
      return (await world.call<CreatedSessionView>(server, 'POST', '/v1/sessions', { body })).body
    },
    getSession: async (server, id) =>
      (await world.call<SessionDetailView>(server, 'GET', `/v1/sessions/${id}`)).body,
    readAll: async (server, id) => {
      const events: RecordedEvent[] = []
      let after: number | null = 0
      while (after !== null) {
        const path = `/v1/sessions/${id}/events?limit=5000&afterSeq=${after}`
        const page: EventPageView = (await world.call<EventPageView>(server, 'GET', path)).body
        events.push(...(page.events as RecordedEvent[]))
        after = page.nextAfterSeq
      }
      return events
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(processes.map((p) => p.kill()))
      await sql.end({ timeout: 2 })
      if (options.databaseUrl === undefined) await dropDatabase(`recorder_${name}`)
      if (options.redisUrl === undefined) await removeKeys(redisUrl, prefix)
      for (const made of [folder, dirname(signingKeyFile)]) await rm(made, { recursive: true, force: true })
    },
  }
  return world
}

async function removeKeys(redisUrl: string, prefix: string): Promise<void> {
  const redis = connectRedis(redisUrl, 'test')
  try {
    await redisReady(redis, 5_000)
    await removeKeysWith(redis, prefix)
  } finally {
    redis.disconnect()
  }
}
