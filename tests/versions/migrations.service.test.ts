import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import postgres from 'postgres'
import { expect, test } from 'vitest'
import { migrateDatabase } from '../../db/migrate.js'
import { databaseUrl, testServices } from '../support/services.js'
import { dropDatabase } from '../support/template-database.js'

const FOLDER = fileURLToPath(new URL('../../db/migrations', import.meta.url))
const IMPATIENT = { lockTimeoutMs: 50, tries: 3, betweenTriesMs: 10 }

/** A database of the first release, as drizzle's own migrator has left it. */
async function firstRelease() {
  const name = `recorder_first_${randomUUID().slice(0, 8)}`
  const admin = postgres(testServices().databaseUrl, { max: 1, onnotice: () => {} })
  await admin.unsafe(`create database ${name}`).finally(() => admin.end())
  const sql = postgres(databaseUrl(name), { max: 2, onnotice: () => {} })
  const [first] = readMigrationFiles({ migrationsFolder: FOLDER })
  for (const statement of first?.sql ?? []) await sql.unsafe(statement)
  await sql`create schema drizzle`
  await sql`create table drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint)`
  await sql`
    insert into drizzle.__drizzle_migrations (hash, created_at) values (${first?.hash ?? ''}, ${first?.folderMillis ?? 0})`
  return {
    url: databaseUrl(name),
    sql,
    done: async () => {
      const [row] = await sql<{ count: number }[]>`select count(*)::int from drizzle.__drizzle_migrations`
      return row?.count
    },
    [Symbol.asyncDispose]: async () => {
      await sql.end({ timeout: 2 })
      await dropDatabase(name)
    },
  }
}

test('[R18] a migration that would have to wait for a backup lets everybody pass, with what was done before it done, and is done when it ends', async () => {
  await using database = await firstRelease()
  const backup = await database.sql.reserve()
  await backup`begin`
  await backup`lock table session_recordings in access share mode`
  await expect(migrateDatabase(database.url, IMPATIENT)).rejects.toMatchObject({ code: '55P03' })
  // The second one changes other tables: it is done by itself, and holds nothing while the third one waits.
  expect(await database.done()).toBe(2)
  const patient = migrateDatabase(database.url, { ...IMPATIENT, tries: 10_000 })
  // Whoever records meanwhile is held up for one try at the most.
  await database.sql`insert into session_recordings (candidate_id) values ('c')`
  await backup`commit`
  backup.release()
  await patient
  expect(await database.done()).toBe(readMigrationFiles({ migrationsFolder: FOLDER }).length)
  expect(await database.sql`select purged_through_seq::int as purged from session_recordings`).toEqual([
    { purged: 0 },
  ])
})
