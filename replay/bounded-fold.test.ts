import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createBoundedFold, FilesTooLarge } from './bounded-fold.js'
import { charsOf } from './chars-of.js'
import { createReplayEngine } from './engine.js'
import { anyRecording, type Draft, plain, record } from './test-support/recordings.js'
import { byTime } from './timeline.js'

const BOUNDS = { listChars: 10_000, filesChars: 10_000 }

const folded = (drafts: readonly Draft[], bounds = BOUNDS) => {
  const fold = createBoundedFold(bounds)
  fold.add(record(drafts))
  return fold.stateAt()
}

test('[R2] within its bounds the state is that of an engine, at any moment', () => {
  const cases = fc.record({
    events: anyRecording({ minLength: 1, maxLength: 200 }),
    atMs: fc.option(fc.integer({ min: -5, max: 400 }), { nil: undefined }),
  })
  fc.assert(
    fc.property(cases, ({ events, atMs }) => {
      const engine = createReplayEngine()
      engine.insert(events)
      const fold = createBoundedFold({ listChars: 1_000_000, filesChars: 1_000_000 })
      const past = events.filter((event) => event.timestamp <= (atMs ?? Number.POSITIVE_INFINITY))
      fold.add(past.sort(byTime))
      const { state, omitted } = fold.stateAt(atMs)
      expect(plain(state)).toEqual(plain(engine.stateAt(atMs)))
      expect(omitted).toEqual({})
    }),
    { numRuns: 150, interruptAfterTimeLimit: 20_000 },
  )
})

describe('[I8] what a recording of any length holds at once', () => {
  const printed = (data: string): Draft => ({ type: 'terminal_stream', data: { channel: 'o', data } })

  test('is the end of what was printed, and how much of it is not there', () => {
    const lines = Array.from({ length: 2000 }, (_, i) => printed(`line ${i}\n`.padEnd(80, '.')))
    const { state, omitted } = folded(lines)
    const kept = state.terminal.output.toArray()
    expect(kept.length).toBeGreaterThan(20)
    expect(kept.at(-1)?.data).toContain('line 1999')
    expect(charsOf(state.terminal.output)).toBeLessThanOrEqual(BOUNDS.listChars + 100)
    expect(omitted).toEqual({ output: 2000 - kept.length })
  })

  test('is the end of one long text', () => {
    const command: Draft = { type: 'terminal_input', data: { command: 'yes' } }
    const output = (i: number): Draft => ({
      type: 'terminal_output',
      data: { output: `${i}`.padStart(1000) },
    })
    const { state } = folded([command, ...Array.from({ length: 100 }, (_, i) => output(i))])
    const [only] = state.terminal.commands
    expect(state.terminal.commands).toHaveLength(1)
    expect(only?.command).toBe('yes')
    expect(only?.output).toHaveLength(BOUNDS.listChars)
    expect(only?.output.endsWith('99')).toBe(true)
  })

  test('is the end of the results of one run of tests, all of them counted', () => {
    const result: Draft = { type: 'test_result', data: { testName: 'a'.repeat(50), passed: true } }
    const { state } = folded([{ type: 'test_run_start', data: {} }, ...Array<Draft>(1000).fill(result)])
    expect(state.testRuns[0]?.passedCount).toBe(1000)
    expect(state.testRuns[0]?.results.length).toBeLessThan(200)
  })

  test('has no more of what is not shown at all', () => {
    const custom = (i: number): Draft => ({ type: 'custom:x', data: { text: 'x'.repeat(1000), i } })
    const { state } = folded(Array.from({ length: 100 }, (_, i) => custom(i)))
    expect(charsOf(state.others)).toBeLessThanOrEqual(BOUNDS.listChars)
    expect(state.eventCount).toBe(100)
  })

  test('is not the half of files: they are refused', () => {
    const snapshot = (i: number): Draft => ({
      type: 'code_snapshot',
      data: { fileName: `${i}.ts`, content: 'x'.repeat(600) },
      fileId: `${i}.ts`,
    })
    const snapshots = (count: number) => Array.from({ length: count }, (_, i) => snapshot(i))
    expect(folded(snapshots(10)).state.files).toHaveLength(10)
    expect(() => folded(snapshots(20))).toThrow(FilesTooLarge)
  })

  test('nor pieces of a text that never becomes whole', () => {
    const piece = (index: number): Draft => ({
      type: 'ai_interaction',
      data: { role: 'user', content: 'x'.repeat(1000), part: { id: 'p', index, count: 100 } },
    })
    expect(() => folded(Array.from({ length: 50 }, (_, i) => piece(i)))).toThrow(FilesTooLarge)
  })

  test('counts a file once, however often it was renamed', () => {
    const start: Draft = { type: 'file_created', data: { filePath: '0', content: 'x'.repeat(5000) } }
    const rename = (i: number): Draft => ({
      type: 'file_renamed',
      data: { filePath: `${i}`, toPath: `${i + 1}` },
    })
    const { state } = folded([start, ...Array.from({ length: 8 }, (_, i) => rename(i))])
    expect(state.files.filter((file) => !file.deleted).map((file) => file.path)).toEqual(['8'])
  })
})
