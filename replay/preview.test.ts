import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MAX_PREVIEW_BYTES } from '../protocol/socket-events.js'
import { createReplayEngine } from './engine.js'
import { codeExcerpt, previewOf } from './preview.js'

const file = (text: string, head: number | null) => ({
  path: 'a.ts',
  language: null,
  text,
  selection: head === null ? null : { anchor: head, head },
  lastChange: null,
})
const textsOf = (text: string, head: number | null) =>
  codeExcerpt(file(text, head)).lines.map((line) => line.text)

test('the caret has four lines before it, and more where fewer follow', () => {
  const text = Array.from({ length: 20 }, (_, i) => `line ${i + 1}`).join('\n')
  const middle = codeExcerpt(file(text, text.indexOf('line 10') + 3))
  expect(middle.lines.map((line) => line.text)).toEqual([
    'line 6',
    'line 7',
    'line 8',
    'line 9',
    'line 10',
    'line 11',
  ])
  expect(middle).toMatchObject({ firstLine: 6, fromColumn: 0, caret: { line: 4, column: 3 } })
  const end = codeExcerpt(file(text, text.length))
  expect(end).toMatchObject({ firstLine: 15, caret: { line: 5, column: 7 } })
  expect(codeExcerpt(file(text, 0))).toMatchObject({ firstLine: 1, caret: { line: 0, column: 0 } })
  expect(codeExcerpt(file('', 0))).toMatchObject({ firstLine: 1, lines: [{ text: '' }] })
  expect(textsOf('\n\n', 1)).toEqual(['', '', ''])
})

test('a line of megabytes is cut around the caret, and the others are with it', () => {
  const text = `short\n${'x'.repeat(5_000_000)}CARET${'y'.repeat(5_000_000)}\nshort`
  const { lines, caret, fromColumn } = codeExcerpt(file(text, 6 + 5_000_000))
  expect(lines.map((line) => line.text.length)).toEqual([0, 160, 0])
  expect(lines[1]).toMatchObject({ isCut: true })
  expect(lines[1]?.text.slice(caret?.column)).toMatch(/^CARETy/)
  expect(fromColumn).toBe(5_000_000 - 100)
})

test('whatever a candidate sends, the excerpt has its bound and the caret its place', () => {
  const anyText = fc.array(
    fc.oneof(
      fc.constant('\n'),
      fc.string({ unit: 'binary', maxLength: 400 }),
      fc.constant('\ud800\u0000'.repeat(200)),
    ),
    { maxLength: 12 },
  )
  fc.assert(
    fc.property(anyText, fc.oneof(fc.integer(), fc.double(), fc.nat(3000)), (parts, head) => {
      const text = parts.join('')
      const excerpt = codeExcerpt({ ...file(text, head), path: text, language: text })
      const at = Number.isFinite(head) ? Math.min(text.length, Math.max(0, Math.trunc(head))) : text.length
      const { line, column } = excerpt.caret as { line: number; column: number }
      expect(excerpt.lines[line]?.text.length).toBeGreaterThanOrEqual(column)
      const before = text.slice(0, at).split('\n')
      expect([excerpt.firstLine + line, excerpt.fromColumn + column]).toEqual([
        before.length,
        before.at(-1)?.length,
      ])
      expect(JSON.stringify(excerpt).length).toBeLessThan(MAX_PREVIEW_BYTES / 2)
    }),
  )
})

test('the last command and the last run of tests', () => {
  const engine = createReplayEngine()
  const add = (seq: number, type: string, data: object) =>
    engine.insert([
      { seq, type, data, timestamp: 1000 + seq, fileId: null, checkpoint: false, source: 1, sourceSeq: seq },
    ])
  add(1, 'session_start', { files: [{ filePath: 'a.ts', content: 'let a' }] })
  add(2, 'terminal_input', { command: 'npm test' })
  expect(previewOf('s', engine.stateAt(9999))).toMatchObject({
    seq: 2,
    command: { text: 'npm test', exitCode: null, isDone: false },
    tests: null,
  })
  add(3, 'terminal_output', { output: 'x', exitCode: 1 })
  add(4, 'test_run_start', {})
  add(5, 'test_result', { testName: 'a', passed: true })
  add(6, 'test_result', { testName: 'b', passed: false })
  expect(previewOf('s', engine.stateAt(9999))).toMatchObject({
    command: { exitCode: 1, isDone: true },
    tests: { passed: 1, failed: 1 },
  })
})
