import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../', import.meta.url))
/** Those that do the erasing. */
const MAY_SEE_ERASED = ['db/erasure.ts', 'db/schema/tables.ts']

/** Statements about sessions, whole, with the fragments inside them. */
const statementsIn = (source: string): string[] =>
  templatesIn(source).filter((text) => /\b(?:from|update|join|into) session_recordings\b/.test(text))

function templatesIn(source: string): string[] {
  const found: string[] = []
  // For each template that is open, how many braces are open in its current `${`; -1: none is.
  const open: number[] = []
  let start = 0
  for (let i = 0; i < source.length; i++) {
    const depth = open.at(-1)
    if (source[i] === '\\') i++
    else if (source[i] === '`' && (depth === undefined || depth >= 0)) {
      if (open.length === 0) start = i
      open.push(-1)
    } else if (source[i] === '`') {
      open.pop()
      if (open.length === 0) found.push(source.slice(start, i + 1))
    } else if (depth === -1 && source.startsWith('${', i)) {
      open[open.length - 1] = 0
      i++
    } else if (depth !== undefined && depth >= 0 && source[i] === '{') open[open.length - 1] = depth + 1
    else if (depth !== undefined && depth >= 0 && source[i] === '}') open[open.length - 1] = depth - 1
  }
  return found
}

async function sources(): Promise<{ name: string; text: string }[]> {
  const found: { name: string; text: string }[] = []
  for (const folder of ['db', 'server', 'workers']) {
    for (const name of await readdir(`${ROOT}${folder}`, { recursive: true })) {
      const path = `${folder}/${name}`
      if (!path.endsWith('.ts') || path.endsWith('.test.ts') || path.includes('test-support')) continue
      found.push({ name: path, text: await readFile(`${ROOT}${path}`, 'utf8') })
    }
  }
  return found
}

/** Some of their statements run under the lock that another one of theirs has taken on a session that is not erased. */
const LOCK_FIRST = [
  'db/annotations.ts',
  'db/epochs.ts',
  'db/redact-rows.ts',
  'db/restore-rows.ts',
  'workers/flush/commit-sessions.ts',
  'workers/retention/purge-session.ts',
  'workers/sweep/fill-holes.ts',
]
/** All of theirs run under the lock of whoever calls them. */
const CALLED_UNDER_A_LOCK = ['db/redact-remarks.ts']

test('[R14] every statement about sessions passes over those that are to be erased', async () => {
  const all = await sources()
  expect(all.length).toBeGreaterThan(50)
  const forgetful: string[] = []
  for (const { name, text } of all) {
    if (MAY_SEE_ERASED.includes(name) || CALLED_UNDER_A_LOCK.includes(name)) continue
    const statements = statementsIn(text)
    const looks = statements.filter((statement) => statement.includes('erase_requested_at is null'))
    const isCovered = LOCK_FIRST.includes(name) ? looks.length > 0 : looks.length === statements.length
    if (!isCovered) forgetful.push(name)
  }
  // Failing? Add `and erase_requested_at is null`: whoever finds an erased session brings it back.
  expect(forgetful).toEqual([])
})

test('[R14] the table’s drizzle name is used by db/sessions.ts alone', async () => {
  const users = (await sources())
    .filter(({ text }) => /\bsessionRecordings\b/.test(text))
    .map(({ name }) => name)
  expect(users.sort()).toEqual(['db/schema/tables.ts', 'db/sessions.ts'])
})
