import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { openDirectoryStore } from '../../db/archive/directory-store.js'
import { openS3Store } from '../../db/archive/s3-store.js'
import type { ArchiveStore } from '../../db/archive/store.js'
import { startS3Server } from '../../db/test-support/s3-server.js'
import { startHaproxy } from '../support/haproxy.js'
import { type OwnCluster, startOwnCluster } from '../support/own-cluster.js'
import { type OwnPostgres, startOwnPostgres } from '../support/own-postgres.js'
import { freePort, type OwnRedis, startOwnRedis } from '../support/own-redis.js'
import { type S3Proxy, startS3Proxy } from '../support/s3-proxy.js'
import { startProxy, type TcpProxy } from '../support/tcp-proxy.js'
import { makeWorld, type World } from '../support/world.js'
import type { CandidateClock, CandidateWeather } from './candidate-environment.js'
import { Part } from './part.js'
import { mountSmallDisk, type SmallDisk } from './small-disk.js'

/** The whole system of one run: servers behind a network that fails, workers, stores of its own. Faults act on it. */
export interface Rig extends AsyncDisposable {
  readonly world: World
  /** Between everybody and the servers; its url is the service's. */
  readonly network: TcpProxy
  readonly servers: readonly Part[]
  readonly workers: readonly Part[]
  /** Null where it is a cluster. */
  readonly redis: OwnRedis | null
  readonly cluster: OwnCluster | null
  /** When Redis lost what it had acked, or may have. Epoch ms. */
  readonly redisLossesAtMs: number[]
  /** Without PostgreSQL no session gets a new epoch. */
  readonly postgresOutages: { fromMs: number; toMs: number }[]
  readonly postgres: OwnPostgres
  /** The archive as a stranger reads it. */
  openArchive(): ArchiveStore
  /** Before the S3 server, where the archive is one. */
  readonly s3: S3Proxy | null
  /** The archive's disk, where it is a directory on one of its own. */
  readonly disk: SmallDisk | null
  readonly weather: CandidateWeather
  /** Of the candidates that record at the moment. */
  readonly clocks: Set<CandidateClock>
  readonly random: () => number
  /** 1 in a full run; less makes faults last shorter. */
  readonly pace: number
  say(text: string): void
}

export type ArchiveKind = 's3' | 'directory'

export interface RigOptions {
  /** How many of each; default 2. */
  servers?: number
  workers?: number
  /** Three masters with a replica each, in the place of one Redis. */
  redisCluster?: boolean
  /** HAProxy between the network and the servers. */
  haproxy?: boolean
  archive: ArchiveKind
  random: () => number
  pace: number
  durable: boolean
  say(text: string): void
}

/** Short enough that faults meet all stages of a flush; the rest is as it comes. */
export const FLUSH_DUE_MS = 2_000
// Workers give way as they do in production.
const ENV = { FLUSH_DUE_MS: String(FLUSH_DUE_MS), SWEEP_EVERY_MS: '1000', WORKER_NICE: '10' }

export async function startRig(options: RigOptions): Promise<Rig> {
  const { archive, random, pace, durable, say } = options
  const closing: (() => Promise<unknown>)[] = []
  const closeAll = async () => {
    for (const close of closing.reverse()) await close()
  }
  try {
    const postgres = await startOwnPostgres({ durable })
    closing.push(postgres.remove)
    const redis = options.redisCluster ? null : await startOwnRedis()
    if (redis) closing.push(redis.remove)
    const cluster = options.redisCluster ? await startOwnCluster() : null
    if (cluster) closing.push(async () => cluster[Symbol.asyncDispose]())
    const store = await (archive === 's3' ? startS3(closing) : startDirectory(closing))
    const world = await makeWorld({
      databaseUrl: postgres.databaseUrl,
      redisUrl: (cluster ?? (redis as OwnRedis)).url,
      archiveUrl: store.url,
      env: { ...ENV, ...store.env },
    })
    closing.push(async () => world[Symbol.asyncDispose]())
    const ports: number[] = []
    for (let i = 0; i < (options.servers ?? 2); i++) ports.push(await freePort())
    const servers = ports.map(
      (port, i) => new Part(`server-${i + 1}`, () => world.startServer({ PORT: String(port) })),
    )
    const workers = Array.from(
      { length: options.workers ?? 2 },
      (_, i) => new Part(`worker-${i + 1}`, () => world.startWorker()),
    )
    // One after another: on a small machine each slows down the start of the others.
    for (const part of [...servers, ...workers]) await part.start()
    const balancer = options.haproxy ? await startHaproxy(ports) : null
    if (balancer) closing.push(async () => balancer[Symbol.asyncDispose]())
    const network = await startProxy(...(balancer ? [balancer.port] : ports))
    closing.push(() => network.close())
    closing.push(async () => {
      for (const part of [...servers, ...workers]) await part.kill()
    })
    return {
      world,
      network,
      servers,
      workers,
      redis,
      cluster,
      redisLossesAtMs: [],
      postgresOutages: [],
      postgres,
      openArchive: store.open,
      s3: store.s3,
      disk: store.disk,
      weather: { acksLost: false, batchesTwice: false },
      clocks: new Set(),
      random,
      pace,
      say,
      [Symbol.asyncDispose]: closeAll,
    }
  } catch (error) {
    await closeAll()
    throw error
  }
}

interface Store {
  url: string
  open(): ArchiveStore
  env: Record<string, string>
  s3: S3Proxy | null
  disk: SmallDisk | null
}

async function startS3(closing: (() => Promise<unknown>)[]): Promise<Store> {
  const server = await startS3Server()
  closing.push(server.stop)
  const s3 = await startS3Proxy(server.endpoint)
  closing.push(s3.close)
  const { credentials, bucket } = server
  const { accessKeyId, secretAccessKey } = credentials
  const place = { bucket, prefix: 'chaos', region: 'us-east-1', endpoint: s3.endpoint }
  return {
    url: `s3://${bucket}/${place.prefix}?endpoint=${encodeURIComponent(s3.endpoint)}&region=${place.region}`,
    open: () => openS3Store(place, { credentials }),
    env: { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
    s3,
    disk: null,
  }
}

async function startDirectory(closing: (() => Promise<unknown>)[]): Promise<Store> {
  const folder = await mkdtemp(join(tmpdir(), 'recorder-chaos-'))
  closing.push(() => rm(folder, { recursive: true, force: true }))
  const path = join(folder, 'archive')
  await mkdir(path)
  const disk = await mountSmallDisk(path)
  if (disk !== null) closing.push(disk.unmount)
  return { url: pathToFileURL(path).href, open: () => openDirectoryStore(path), env: {}, s3: null, disk }
}
