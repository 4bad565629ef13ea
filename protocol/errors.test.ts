import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { ERRORS, type ErrorCode, ExplainedError } from './errors.js'

const PAGE = fileURLToPath(new URL('../docs/protocol.md', import.meta.url))
const codes = Object.keys(ERRORS) as ErrorCode[]

test.each(codes)('%s says in one sentence or two what to do next, and has a status of an error', (code) => {
  expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/)
  const { help, httpStatus } = ERRORS[code]
  expect(help).toMatch(/^[A-Z].{20,200}\.$/)
  expect(httpStatus).toBeGreaterThanOrEqual(400)
  expect(httpStatus).toBeLessThan(600)
})

test('an error says what happened and then what to do', () => {
  const error = new ExplainedError('BATCH_GAP', 'Events before this batch are missing.', { expectedSeq: 3 })
  expect(error.message).toBe(`Events before this batch are missing. ${ERRORS.BATCH_GAP.help}`)
  expect(error).toMatchObject({ name: 'RecorderError', code: 'BATCH_GAP', details: { expectedSeq: 3 } })
})

test('docs/protocol.md has every code, and no other', () => {
  // Failing? A code was added, renamed or dropped: clients branch on codes, so the page's table changes with it.
  expect(existsSync(PAGE)).toBe(true)
  const documented = new Set(
    readFileSync(PAGE, 'utf8')
      .match(/^\| `[A-Z_]+` \|/gm)
      ?.map((row) => row.slice(3, -3)),
  )
  expect([...documented].sort()).toEqual([...codes].sort())
})
