import { existsSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { filesEndingIn, quotedIn, ROOT, readText } from './support/documents.js'
import { guardsById, idsQuotedIn, rulesOf, withGuards } from './support/spec.js'

const spec = readText('docs/SPEC.md')
const rules = rulesOf(spec)
const ids = rules.map(({ id }) => id)

describe('docs/SPEC.md', () => {
  test('has the invariants and rules, numbered without a hole', () => {
    const numbered = (letter: string) => ids.filter((id) => id.startsWith(letter))
    for (const letter of ['I', 'R']) {
      expect(numbered(letter)).toEqual(numbered(letter).map((_, i) => `${letter}${i + 1}`))
    }
    expect([numbered('I').length, numbered('R').length]).toEqual([8, 19])
  })

  test('says of each rule what enforces it or what is not built', () => {
    for (const { id, text } of rules) expect(/^- (Enforced by|Not built): /m.test(text), id).toBe(true)
  })

  test('names the tests that quote a rule, and no others', async () => {
    // Failing? `npx vitest run tests/spec.test.ts -u` writes the lists; look at what changed before committing it.
    const asTestsHaveIt = withGuards(spec, guardsById())
    await expect(asTestsHaveIt).toMatchFileSnapshot('../docs/SPEC.md', 'npx vitest run tests/spec.test.ts -u')
  })

  test('names no file that is not there', () => {
    const paths = quotedIn(spec).filter((quoted) => /^[\w.-]+(\/[\w.-]+)+\.\w+$/.test(quoted))
    expect(paths.length).toBeGreaterThan(30)
    expect(paths.filter((path) => !existsSync(`${ROOT}${path}`))).toEqual([])
  })
})

test('every id that is quoted anywhere is one of the specification', () => {
  const unknown: string[] = []
  for (const file of filesEndingIn(/\.(tsx?|mjs|sql|md|yml|cfg)$/)) {
    for (const id of idsQuotedIn(readText(file))) if (!ids.includes(id)) unknown.push(`${file}: ${id}`)
  }
  expect(unknown).toEqual([])
})
