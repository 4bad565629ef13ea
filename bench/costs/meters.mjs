import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { sum } from '../support/numbers.mjs'
import { cpuSecOf, memoryOf, pidsOf } from '../support/processes.mjs'

/** @typedef {'server' | 'worker' | 'redis' | 'postgres'} Part */
/** @typedef {Record<Part, number>} PerPart processor time in seconds */

/**
 * Meters of the processes of one product, as the kernel counts them: `/proc`, so on Linux alone.
 * @param {{ mark: Record<string, string>, redisUrl: string }} product
 * @param {import('postgres').Sql} sql
 */
export async function openMeters({ mark, redisUrl }, sql) {
  const redis = new Redis(redisUrl)
  const redisPid = Number(/process_id:(\d+)/.exec(await redis.info('server'))?.[1])
  const [row] = await sql`show data_directory`
  const postmaster = Number(readFileSync(join(row?.data_directory, 'postmaster.pid'), 'utf8').split('\n')[0])
  const serverPid = pidsOf(mark, 'dist/run/server/main.js')[0] ?? 0
  const workerPid = () => pidsOf(mark, 'dist/run/workers/main.js')[0] ?? 0

  /** @returns {PerPart} since each process began */
  const cpuSec = () => ({
    server: cpuSecOf(serverPid),
    worker: workerPid() === 0 ? 0 : cpuSecOf(workerPid()),
    redis: cpuSecOf(redisPid),
    postgres: familyCpuSecOf(postmaster),
  })
  return {
    cpuSec,
    /** Resident memory of server and worker, bytes. */
    memory: () => ({
      server: memoryOf(serverPid).nowBytes,
      worker: workerPid() === 0 ? 0 : memoryOf(workerPid()).nowBytes,
    }),
    serverPid,
    workerPid,
    /** What Redis keeps of some keys, bytes: each key's memory, its name included. */
    redisBytesOf: async (/** @type {string} */ pattern) => {
      let bytes = 0
      let cursor = '0'
      do {
        const [next, keys] = await redis.scan(cursor, 'MATCH', pattern, 'COUNT', 500)
        const line = redis.pipeline()
        for (const key of keys) line.memory('USAGE', key, 'SAMPLES', 0)
        const answers = await line.exec()
        bytes += sum((answers ?? []).map(([, size]) => Number(size ?? 0)))
        cursor = next
      } while (cursor !== '0')
      return bytes
    },
    /** @returns {Promise<number>} bytes that went into the write-ahead log since the database began */
    walBytes: async () => Number((await sql`select pg_current_wal_lsn() - '0/0'::pg_lsn as n`)[0]?.n),
    /** @returns {Promise<number>} tables and indexes that grow with events, bytes */
    tableBytes: async () => {
      const [sizes] = await sql`
        select sum(pg_total_relation_size(c.oid))::float8 as n from pg_class c join pg_namespace s on s.oid = c.relnamespace
        where s.nspname = 'public' and c.relkind in ('r', 'p')`
      return Number(sizes?.n)
    },
    close: () => redis.disconnect(),
  }
}

/** @typedef {Awaited<ReturnType<typeof openMeters>>} Meters */

/** What each part took between two readings. @returns {PerPart} */
export const between = (/** @type {PerPart} */ before, /** @type {PerPart} */ after) => ({
  server: after.server - before.server,
  worker: after.worker - before.worker,
  redis: after.redis - before.redis,
  postgres: after.postgres - before.postgres,
})

/** Of a process, its children, and the children that have ended. */
function familyCpuSecOf(/** @type {number} */ pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  const own = sum([11, 12, 13, 14].map((i) => Number(fields[i]))) / 100
  return own + sum(childrenOf(pid).map(cpuOrNothing))
}

const childrenOf = (/** @type {number} */ pid) =>
  readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number),
  )

/** One that ended between the list and the look is counted by its parent the next time. */
function cpuOrNothing(/** @type {number} */ pid) {
  const seconds = cpuSecOf(pid)
  return Number.isFinite(seconds) ? seconds : 0
}
