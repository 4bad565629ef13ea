import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import postgres from 'postgres'
import { migrateDatabase } from '../../db/migrate.js'
import { preparePostgres } from '../../scripts/bare/postgres.mjs'
import { freePort } from './own-redis.js'
import { runMark } from './process.js'
import { waitFor } from './wait-for.js'

const ROOT = fileURLToPath(new URL('../../', import.meta.url)).replace(/\/$/, '')

/** A PostgreSQL of the test's own with the recorder's schema, to be killed and started again on the same data. */
export interface OwnPostgres {
  /** Of a superuser, in the recorder's database. */
  readonly databaseUrl: string
  /** What it wrote to its log since the start. */
  output(): string
  start(): Promise<void>
  /** SIGKILL of the postmaster; its backends notice and end. */
  kill(): Promise<void>
  /** A "fast" shutdown: sessions end, everything is written. */
  stop(): Promise<void>
  /**
   * A base backup, while it runs: what pg_basebackup does, which is not among the binaries here.
   * @returns puts its data in the place of what is there; PostgreSQL must be stopped
   */
  backUp(): Promise<() => Promise<void>>
  remove(): Promise<void>
}

/** @param options.durable false: no fsync, which a killed process survives and a machine without power does not */
export async function startOwnPostgres({ durable = true } = {}): Promise<OwnPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'recorder-postgres-'))
  // As root, PostgreSQL's user must pass through.
  if (process.getuid?.() === 0) await chmod(folder, 0o711)
  const { service, superuserUrl, dataDir } = await preparePostgres({
    root: ROOT,
    stateDir: folder,
    elsewhere: join(folder, 'elsewhere'),
    port: await freePort(),
    durable,
    say: () => {},
  })
  const databaseUrl = Object.assign(new URL(superuserUrl), { pathname: '/recorder' }).href
  let child: ChildProcess | null = null
  let output = ''

  const isRunning = (one: ChildProcess | null): one is ChildProcess =>
    one !== null && one.exitCode === null && one.signalCode === null
  const end = async (signal: NodeJS.Signals) => {
    if (!isRunning(child)) return
    const gone = once(child, 'exit')
    child.kill(signal)
    await gone
  }
  const start = () =>
    // After a kill, the memory that its backends still share refuses a successor until the last of them is gone.
    waitFor('PostgreSQL to start', async () => {
      if (!isRunning(child)) {
        await service.beforeStart?.()
        const { file, args, options } = service.command()
        const env = { ...options?.env, ...runMark() }
        child = spawn(file, args, { ...options, env, stdio: ['ignore', 'pipe', 'pipe'] })
        for (const stream of [child.stdout, child.stderr]) {
          stream?.on('data', (chunk: Buffer) => {
            output += chunk.toString()
          })
        }
      }
      return service.isReady({ pid: child.pid ?? 0 })
    }).then(() => {})

  const backUp = async () => {
    const copy = join(folder, 'backup')
    const admin = postgres(superuserUrl, { max: 1, onnotice: () => {} })
    try {
      // Begun and ended by one connection; the log of what was written meanwhile is copied after the end.
      await admin`select pg_backup_start('backup', true)`
      await copyFolder(dataDir, copy)
      const [stopped] = await admin<{ labelfile: string }[]>`
        select labelfile from pg_backup_stop(wait_for_archive => false)`
      await rm(join(copy, 'pg_wal'), { recursive: true })
      await copyFolder(join(dataDir, 'pg_wal'), join(copy, 'pg_wal'))
      await rm(join(copy, 'postmaster.pid'), { force: true })
      const label = join(copy, 'backup_label')
      await writeFile(label, stopped?.labelfile ?? '')
      const { uid, gid } = await stat(dataDir)
      await chown(label, uid, gid)
    } finally {
      await admin.end()
    }
    return async () => {
      await rm(dataDir, { recursive: true })
      await copyFolder(copy, dataDir)
    }
  }

  const remove = async () => {
    await end('SIGQUIT')
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    await start()
    const admin = postgres(superuserUrl, { max: 1, onnotice: () => {} })
    await admin.unsafe('create database recorder').finally(() => admin.end())
    await migrateDatabase(databaseUrl)
  } catch (error) {
    await remove()
    throw error
  }
  return {
    databaseUrl,
    output: () => output,
    start,
    kill: () => end('SIGKILL'),
    stop: () => end('SIGINT'),
    backUp,
    remove,
  }
}

/** With owners and modes, as PostgreSQL insists on its own. */
const copyFolder = (from: string, to: string) => promisify(execFile)('cp', ['-a', from, to])
