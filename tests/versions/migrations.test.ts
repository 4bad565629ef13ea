import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const FOLDER = new URL('../../db/migrations/', import.meta.url)
/** Tables that are written to all the time; an index that is made without CONCURRENTLY holds their writers up. */
const HOT = ['session_events', 'session_links', 'code_snapshots', 'test_results', 'claude_interactions']

/** What makes the version before fail, which runs beside the new one while it is rolled out, or takes what it still writes. */
const BREAKS_THE_VERSION_BEFORE: [RegExp, string][] = [
  [/\bdrop\s+(table|column)\b/i, 'drops what the version before reads'],
  [/\brename\b/i, 'renames what the version before names'],
  [/\balter\s+column\s+\S+\s+(set\s+data\s+)?type\b/i, 'changes a type under prepared statements'],
  [/\bset\s+not\s+null\b/i, 'refuses what the version before leaves out'],
  [/\badd\s+column\b(?!.*\bdefault\b).*\bnot\s+null\b/i, 'adds a column that the version before leaves out'],
  [/^\s*(truncate|delete|vacuum full|cluster)\b/i, 'takes or rewrites rows'],
]

const statementsOf = (sql: string): string[] =>
  sql
    .split('--> statement-breakpoint')
    .map((statement) => statement.replace(/^\s*--.*$/gm, '').trim())
    .filter((statement) => statement !== '')

const faultsOf = (statement: string): string[] => {
  const faults = BREAKS_THE_VERSION_BEFORE.filter(([pattern]) => pattern.test(statement)).map(
    ([, why]) => why,
  )
  const table = /^create\s+(?:unique\s+)?index\s+\S+\s+on\s+"?(\w+)/i.exec(statement)?.[1]
  if (table !== undefined && HOT.includes(table)) faults.push(`holds up writers of ${table}`)
  return faults
}

/** The first one makes the tables; there is no version before it. */
const later = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.sql'))
  .sort()
  .slice(1)

test.each(later)('[R18] %s leaves the version before at work', (name) => {
  const statements = statementsOf(readFileSync(new URL(name, FOLDER), 'utf8'))
  expect(statements.flatMap(faultsOf)).toEqual([])
})

test.each([
  'ALTER TABLE "session_sources" DROP COLUMN "sub";',
  'ALTER TABLE "a" RENAME COLUMN "b" TO "c";',
  'ALTER TABLE "a" ALTER COLUMN "b" SET DATA TYPE bigint;',
  'ALTER TABLE "a" ADD COLUMN "b" text NOT NULL;',
  'CREATE INDEX "x" ON "session_events" USING btree ("type");',
])('it would tell of %s', (statement) => {
  expect(faultsOf(statement)).not.toEqual([])
})
