import { fileURLToPath } from 'node:url'
import { drizzle } from 'drizzle-orm/postgres-js'
import { migrate } from 'drizzle-orm/postgres-js/migrator'
import postgres from 'postgres'

/** Any number that all our processes agree on. */
const MIGRATION_LOCK = 4_707_001

// Compiled code lies in dist/db; the SQL files stay in db/migrations.
const MIGRATIONS_FOLDER = fileURLToPath(
  new URL(import.meta.url.includes('/dist/') ? '../../db/migrations' : './migrations', import.meta.url),
)

/** Brings the database to the newest schema. Safe to run from several processes at once. */
export async function migrateDatabase(url: string): Promise<void> {
  const client = postgres(url, { max: 1, onnotice: () => {} })
  try {
    await client`select pg_advisory_lock(${MIGRATION_LOCK})`
    await migrate(drizzle(client), { migrationsFolder: MIGRATIONS_FOLDER })
  } finally {
    await client.end({ timeout: 5 })
  }
}

const isMain = process.argv[1] !== undefined && fileURLToPath(import.meta.url) === process.argv[1]
if (isMain) {
  const url = process.env.DATABASE_URL
  if (!url) {
    process.stderr.write('DATABASE_URL is not set; expected postgres://user:password@host:port/database\n')
    process.exit(1)
  }
  try {
    await migrateDatabase(url)
    process.stdout.write('The database schema is up to date.\n')
  } catch (error) {
    process.stderr.write(
      `The database that DATABASE_URL names could not be migrated: ${(error as Error).message}\n`,
    )
    process.exit(1)
  }
}
