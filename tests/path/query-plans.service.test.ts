import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Asked, fill, IDENTITIES, LARGE, QUESTIONS } from '../support/index-questions.js'
import { openTestDatabase } from '../support/stores.js'
import { waitFor } from '../support/wait-for.js'
import { makeWorld, type World } from '../support/world.js'

const PLANS_PAGE = new URL('../../docs/query-plans.md', import.meta.url)

let world: World
let id: string
let scansBefore: Map<string, number>
beforeAll(async () => {
  world = await makeWorld()
  await fill(world)
  scansBefore = await countsOf('tables')
  const [row] = await world.sql<
    { id: string }[]
  >`select id from session_recordings where candidate_id = 'c100'`
  id = row?.id ?? ''
}, 120_000)
afterAll(() => world[Symbol.asyncDispose]())

const countsOf = async (kind: 'indexes' | 'tables'): Promise<Map<string, number>> => {
  const rows =
    kind === 'indexes'
      ? await world.sql<{ name: string; count: number }[]>`
          select indexrelname as name, idx_scan::int as count from pg_stat_user_indexes where schemaname = 'public'`
      : await world.sql<{ name: string; count: number }[]>`
          select relname as name, seq_scan::int as count from pg_stat_user_tables where schemaname = 'public'`
  return new Map(rows.map(({ name, count }) => [name, count]))
}

/** Connections tell PostgreSQL at their end at the latest of what they have used. */
async function ask(question: (asked: Asked) => Promise<unknown>): Promise<void> {
  const db = openTestDatabase(world.databaseUrl)
  try {
    await question({ db, id })
  } finally {
    await db.close()
  }
}

describe('[I8] with some hundred thousand rows', () => {
  test('each index of the schema has a question that it is there for, and a word in the docs', async () => {
    const indexes = [...(await countsOf('indexes')).keys()].sort()
    expect(indexes).toEqual([...Object.keys(QUESTIONS), ...IDENTITIES].sort())
    const page = readFileSync(PLANS_PAGE, 'utf8')
    expect(indexes.filter((name) => !page.includes(`\`${name}\``))).toEqual([])
  })

  test.each(Object.entries(QUESTIONS))('%s is what PostgreSQL uses for it', async (name, question) => {
    const before = await countsOf('indexes')
    await ask(question)
    await waitFor(
      `the use of ${name}`,
      async () => {
        return ((await countsOf('indexes')).get(name) ?? 0) > (before.get(name) ?? 0)
      },
      10_000,
    )
  })

  // What was waited for above was told together with all that the same connection had done.
  test('and none of these went through all rows of a large table', async () => {
    const now = await countsOf('tables')
    expect(LARGE.filter((name) => now.get(name) !== scansBefore.get(name))).toEqual([])
  })
})
