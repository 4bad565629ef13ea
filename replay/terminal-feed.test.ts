import { expect, test } from 'vitest'
import { createReplayEngine } from './engine.js'
import { terminalFeed, terminalText } from './terminal-feed.js'
import { type Draft, record } from './test-support/recordings.js'
import { replay } from './test-support/replay.js'

const out = (data: string, more: Partial<Draft> = {}): Draft => ({
  type: 'terminal_stream',
  data: { channel: 'o', data },
  ...more,
})
const resize = (size: string): Draft => ({ type: 'terminal_stream', data: { channel: 'r', data: size } })
const typed = (data: string): Draft => ({ type: 'terminal_stream', data: { channel: 'i', data } })

test('a new screen is fed all that was printed, joined between resizes', () => {
  const { terminal } = replay([out('$ '), typed('l'), out('ls'), resize('120x40'), out('\r\n'), out('a b')])
  expect(terminalFeed(terminal, null)).toEqual({
    reset: true,
    steps: [
      { kind: 'write', data: '$ ls' },
      { kind: 'resize', columns: 120, rows: 40 },
      { kind: 'write', data: '\r\na b' },
    ],
  })
  expect(terminal).toMatchObject({ columns: 120, rows: 40 })
  expect(terminalText(terminal)).toBe('$ ls\r\na b')
})

test('a screen that follows is fed what is new, and starts again when the past has changed', () => {
  const engine = createReplayEngine()
  const [first, second, late] = record([
    out('a', { atMs: 10 }),
    out('b', { atMs: 20 }),
    out('?', { atMs: 15, source: 2 }),
  ])
  engine.insert([first!])
  const shown = engine.stateAt().terminal.output
  engine.insert([second!])
  const next = engine.stateAt().terminal
  expect(terminalFeed(next, shown)).toEqual({ reset: false, steps: [{ kind: 'write', data: 'b' }] })
  expect(terminalFeed(next, next.output)).toEqual({ reset: false, steps: [] })
  engine.insert([late!])
  expect(terminalFeed(engine.stateAt().terminal, next.output)).toEqual({
    reset: true,
    steps: [{ kind: 'write', data: 'a?b' }],
  })
  expect(terminalFeed(engine.stateAt(10).terminal, next.output)).toMatchObject({ reset: true })
})

test('writes stay of a size that a terminal swallows in one frame', () => {
  const { terminal } = replay(Array.from({ length: 100 }, () => out('x'.repeat(1000))))
  const sizes = terminalFeed(terminal, null).steps.map((step) =>
    step.kind === 'write' ? step.data.length : 0,
  )
  expect(sizes).toEqual([65_000, 35_000])
})

test('a claimed size is held within what a screen can be', () => {
  expect(replay([resize('99999x99999')]).terminal).toMatchObject({ columns: 1000, rows: 500 })
  expect(replay([resize('1x1')]).terminal).toMatchObject({ columns: 2, rows: 1 })
})
