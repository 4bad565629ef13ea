import { fileURLToPath } from 'node:url'
import { type MigrationMeta, readMigrationFiles } from 'drizzle-orm/migrator'
import postgres from 'postgres'
import type { Tx } from './connect.js'
import { readDatabaseUrl } from './database-url.js'
import { settingsOrExit, storeSettingsShape } from './settings.js'

/** Any number that all our processes agree on. */
const MIGRATION_LOCK = 4_707_001

// Compiled code lies in dist/db; the SQL files stay in db/migrations.
const MIGRATIONS_FOLDER = fileURLToPath(
  new URL(import.meta.url.includes('/dist/') ? '../../db/migrations' : './migrations', import.meta.url),
)

/**
 * What is to change a table waits for whoever uses it, and everybody who comes later waits behind it: recording would
 * stand still for as long as a backup reads. So it gives up soon, lets them pass, and tries again.
 */
const LOCK_TIMEOUT_MS = 2_000
const TRIES = 60
const BETWEEN_TRIES_MS = 1_000

export interface MigrationPatience {
  lockTimeoutMs: number
  tries: number
  betweenTriesMs: number
}

/**
 * Brings the database to the newest schema, each migration in a transaction: all of it or nothing, no connection of its own
 * behind a pooler, and one that has to wait holds nothing that an earlier one changed. Safe to run from several processes at
 * once, and beside the version before.
 * Throws what the driver throws; with code 55P03 where somebody held a table for longer than all tries took.
 */
export async function migrateDatabase(
  databaseUrl: string,
  patience: MigrationPatience = {
    lockTimeoutMs: LOCK_TIMEOUT_MS,
    tries: TRIES,
    betweenTriesMs: BETWEEN_TRIES_MS,
  },
): Promise<void> {
  const { url } = readDatabaseUrl(databaseUrl)
  const migrations = readMigrationFiles({ migrationsFolder: MIGRATIONS_FOLDER })
  const client = postgres(url, { max: 1, onnotice: () => {}, prepare: false, fetch_types: false })
  try {
    for (let left = patience.tries; ; ) {
      try {
        while (await client.begin((tx) => migrateNext(tx, migrations, patience.lockTimeoutMs)));
        return
      } catch (error) {
        if ((error as { code?: string }).code !== LOCK_NOT_AVAILABLE || --left <= 0) throw error
        await new Promise((resolve) => setTimeout(resolve, patience.betweenTriesMs))
      }
    }
  } finally {
    await client.end({ timeout: 5 })
  }
}

const LOCK_NOT_AVAILABLE = '55P03'

/** Whether there was one to do. What is done is kept where drizzle-kit's own migrator keeps it, which earlier releases used. */
async function migrateNext(
  tx: Tx,
  migrations: readonly MigrationMeta[],
  lockTimeoutMs: number,
): Promise<boolean> {
  await tx`select pg_advisory_xact_lock(${MIGRATION_LOCK})`
  await tx.unsafe(`set local lock_timeout = ${lockTimeoutMs}`)
  await tx`create schema if not exists drizzle`
  await tx`
    create table if not exists drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint)`
  // Asked each time: another process may have done it meanwhile.
  const [last] = await tx<{ at: string | null }[]>`
    select max(created_at) as at from drizzle.__drizzle_migrations`
  const doneUpTo = Number(last?.at ?? -1)
  const next = migrations.find(({ folderMillis }) => folderMillis > doneUpTo)
  if (next === undefined) return false
  for (const statement of next.sql) await tx.unsafe(statement)
  await tx`insert into drizzle.__drizzle_migrations (hash, created_at) values (${next.hash}, ${next.folderMillis})`
  return true
}

const isMain = process.argv[1] !== undefined && fileURLToPath(import.meta.url) === process.argv[1]
if (isMain) {
  const { DATABASE_URL } = settingsOrExit({ DATABASE_URL: storeSettingsShape.DATABASE_URL })
  try {
    await migrateDatabase(DATABASE_URL)
    process.stdout.write('The database schema is up to date.\n')
  } catch (error) {
    const isHeld = (error as { code?: string }).code === LOCK_NOT_AVAILABLE
    const why = isHeld
      ? 'somebody, such as a backup, holds a table that is to be changed. That change was not made; run it again later'
      : (error as Error).message
    process.stderr.write(`The database that DATABASE_URL names could not be migrated: ${why}\n`)
    process.exit(1)
  }
}
