import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RecordedEvent } from '../../protocol/events.js'
import { createReplayEngine } from '../engine.js'
import { playWithAsciinema } from '../test-support/asciinema-player.js'
import { exportedSession, sourceOf, textOf } from '../test-support/exports.js'
import { anyRecording, type Draft, record } from '../test-support/recordings.js'
import { type ScreenStep, screenOf, stepsOf } from '../test-support/screen.js'
import { asciicast } from './asciicast.js'

type Line = [interval: number, code: string, data: string]

async function castOf(events: readonly RecordedEvent[]) {
  const text = await textOf(asciicast(sourceOf(events), exportedSession()))
  const [header, ...lines] = text
    .trimEnd()
    .split('\n')
    .filter((line) => !line.startsWith('#'))
  return { text, header: JSON.parse(header as string), lines: lines.map((line) => JSON.parse(line) as Line) }
}

const stream = (channel: string, data: string, more: Partial<Draft> = {}): Draft => ({
  type: 'terminal_stream',
  data: { channel, data },
  ...more,
})
const printed = (lines: readonly Line[]): string =>
  lines
    .filter(([, code]) => code === 'o')
    .map(([, , data]) => data)
    .join('')
const codes = (lines: readonly Line[], code: string): string[] =>
  lines.filter((line) => line[1] === code).map((line) => line[2])

function stateOf(events: readonly RecordedEvent[]) {
  const engine = createReplayEngine()
  engine.insert(events)
  return engine.stateAt()
}

describe('a recorded screen', () => {
  test('the header has the size that was told before anything was written, and a whole second', async () => {
    const { header } = await castOf(
      record([
        stream('r', '100x30', { atMs: 1_700_000_000_250 }),
        stream('o', 'hi', { atMs: 1_700_000_000_300 }),
      ]),
    )
    expect(header).toMatchObject({ version: 3, term: { cols: 100, rows: 30 }, timestamp: 1_700_000_000 })
  })

  test('before any resize it is as large as replay has it', async () => {
    const { header } = await castOf(record([stream('o', 'hi'), stream('r', '100x30')]))
    expect(header.term).toMatchObject({ cols: 80, rows: 24 })
  })

  test('a claimed size is held within what a screen can be', async () => {
    const { header, lines } = await castOf(record([stream('r', '99999x99999'), stream('r', '1x1')]))
    expect(header.term).toMatchObject({ cols: 1000, rows: 500 })
    expect(codes(lines, 'r')).toEqual(['1000x500', '2x1'])
  })

  test('intervals add up to the times of the events, over any number of them', async () => {
    const startMs = 1_700_000_000_001
    const count = 30_000
    const drafts = Array.from({ length: count }, (_, i) => stream('o', 'x', { atMs: startMs + i * 33.3333 }))
    const { header, lines } = await castOf(record(drafts))
    const atMs = lines.reduce((sum, [interval]) => sum + interval, 0) * 1000 + header.timestamp * 1000
    expect(Math.abs(atMs - (startMs + (count - 1) * 33.3333))).toBeLessThan(0.01)
  })

  test('[R2] what an outbox brought late stands where it happened', async () => {
    const { lines } = await castOf(
      record([
        stream('o', 'first ', { atMs: 1000 }),
        stream('o', 'third', { atMs: 9000 }),
        stream('o', 'second ', { atMs: 5000, source: 2 }),
      ]),
    )
    expect(printed(lines)).toBe('first second third')
  })

  test('[R8] text is valid in UTF-8: a pair in two writes is whole, a lone half becomes U+FFFD', async () => {
    const { lines, text } = await castOf(
      record([
        stream('o', 'a\ud83d'),
        stream('i', '\udc00'),
        stream('o', '\ude00b\0\x9b'),
        stream('o', '\ud83dx'),
        stream('o', 'end\ud83d'),
      ]),
    )
    expect(printed(lines)).toBe('a😀b\0\x9b\ufffdxend\ufffd')
    expect(codes(lines, 'i')).toEqual(['\ufffd'])
    expect(text).not.toMatch(/\\ud[89a-f]/)
  })

  test('[R7] a long output is whole again, and an incomplete one is left out', async () => {
    const piece = (index: number, data: string, id = 'a'): Draft => ({
      type: 'terminal_stream',
      data: { channel: 'o', data, part: { id, index, count: 2 } },
    })
    const { lines } = await castOf(
      record([piece(0, 'who'), piece(1, 'le'), piece(0, 'ha', 'b'), stream('o', '!')]),
    )
    expect(codes(lines, 'o')).toEqual(['whole', '!'])
  })

  test('markers name runs with their results, commands, and what proctors said, on one line each', async () => {
    const { lines } = await castOf(
      record([
        { type: 'session_start', data: {} },
        stream('o', '$ '),
        { type: 'terminal_input', data: { command: 'npm\ntest' } },
        { type: 'test_run_start', data: { testCount: 2, fileName: 'a.test.ts' } },
        { type: 'test_result', data: { testName: 'one', passed: true } },
        { type: 'test_result', data: { testName: 'two', passed: false } },
        { type: 'proctor_flag', data: { text: 'look\u202e' } },
        { type: 'terminal_output', data: { output: 'never twice' } },
      ]),
    )
    expect(codes(lines, 'm')).toEqual([
      'Session started',
      '$ npm test',
      'Test run: a.test.ts',
      'Tests: 1 of 2 passed',
      'Flag: look ',
    ])
    expect(printed(lines)).toBe('$ ')
  })
})

test('where no screen was recorded, commands and their output are written out', async () => {
  const { lines } = await castOf(
    record([
      { type: 'terminal_input', data: { command: 'npm test', workingDirectory: '/app' } },
      { type: 'terminal_output', data: { output: 'one\ntwo', exitCode: 1 } },
      { type: 'terminal_output', data: { stdout: 'out\n', stderr: 'err\n', exitCode: 0 } },
    ]),
  )
  expect((await screenOf([{ write: printed(lines) }])).slice(1, 8)).toEqual([
    '/app $ npm test',
    'one',
    'two',
    '[exit 1]',
    'out',
    'err',
    '',
  ])
})

test('a recording without a terminal is a cast without output', async () => {
  const { header, lines } = await castOf([])
  expect(header.version).toBe(3)
  expect(lines).toEqual([])
})

test('asciinema-player plays it to the same screen as replay has at the end, at the same time', async () => {
  const events = record([
    stream('r', '60x10', { atMs: 500 }),
    stream('o', '\x1b[1mbold\x1b[0m\r\n', { atMs: 1500 }),
    stream('o', 'x'.repeat(70), { atMs: 62_000 }),
    stream('r', '30x5', { atMs: 63_000 }),
    stream('o', '\x1b[3;3Hhere', { atMs: 900_000 }),
  ])
  const { text } = await castOf(events)
  const played = await playWithAsciinema(text)
  expect(await screenOf(played.steps)).toEqual(await screenOf(stepsOf(stateOf(events))))
  expect(played.durationSec).toBeCloseTo(900, 3)
})

const PROPERTY_TIMEOUT_MS = 60_000
test('[R2] whatever was recorded: valid, in order of time, and the screen that replay shows', {
  timeout: PROPERTY_TIMEOUT_MS,
}, async () => {
  await fc.assert(
    fc.asyncProperty(anyRecording({ maxLength: 120 }), async (events) => {
      const { header, lines } = await castOf(events)
      for (const [interval, code, data] of lines) {
        expect(interval).toBeGreaterThanOrEqual(0)
        expect(['o', 'i', 'r', 'm']).toContain(code)
        expect(typeof data).toBe('string')
      }
      if (!events.some((event) => event.type === 'terminal_stream')) return
      const state = stateOf(events)
      const steps: ScreenStep[] = [
        { columns: header.term.cols, rows: header.term.rows },
        ...lines.flatMap(([, code, data]): ScreenStep[] => {
          if (code === 'o') return [{ write: data }]
          if (code !== 'r') return []
          const [columns = 0, rows = 0] = data.split('x').map(Number)
          return [{ columns, rows }]
        }),
      ]
      expect(await screenOf(steps)).toEqual(await screenOf(stepsOf(state)))
    }),
    { numRuns: 60, interruptAfterTimeLimit: 20_000 },
  )
})
