import postgres from 'postgres'
import { migrateDatabase } from '../../db/migrate.js'
import { databaseUrl, testServices } from './services.js'

const LOCK = 4_707_002
const TEMPLATE = 'recorder_template'

/** Makes the migrated database that each test clones: once per PostgreSQL, whoever comes first. */
export async function ensureTemplate(): Promise<string> {
  const sql = postgres(testServices().databaseUrl, { max: 1, onnotice: () => {} })
  try {
    await sql`select pg_advisory_lock(${LOCK})`
    const [found] = await sql`select 1 from pg_database where datname = ${TEMPLATE}`
    if (!found) {
      const building = `${TEMPLATE}_building`
      await sql.unsafe(`drop database if exists ${building}`)
      await sql.unsafe(`create database ${building}`)
      await migrateDatabase(databaseUrl(building))
      await sql.unsafe(`alter database ${building} rename to ${TEMPLATE}`)
    }
    return TEMPLATE
  } finally {
    await sql.end()
  }
}

/** A fresh database with the schema. The one who made it drops it. */
export async function createDatabase(name: string): Promise<string> {
  const template = await ensureTemplate()
  await asAdmin((sql) => sql.unsafe(`create database ${name} template ${template}`))
  return databaseUrl(name)
}

export async function dropDatabase(name: string): Promise<void> {
  await asAdmin((sql) => sql.unsafe(`drop database if exists ${name} with (force)`))
}

async function asAdmin(run: (sql: postgres.Sql) => Promise<unknown>): Promise<void> {
  const sql = postgres(testServices().databaseUrl, { max: 1, onnotice: () => {} })
  try {
    await run(sql)
  } finally {
    await sql.end()
  }
}
