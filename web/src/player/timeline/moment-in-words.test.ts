import { expect, test } from 'vitest'
import type { Overview, OverviewMark } from '../../../../replay/index.js'
import { momentInWords } from './moment-in-words.js'
import { whatIsThere } from './what-is-there.js'

const mark = (atMs: number, label: string): OverviewMark => ({
  atMs,
  seq: atMs,
  lane: 'remarks',
  kind: 'signal',
  label,
  isCheckpoint: false,
})
const overview = (marks: OverviewMark[], more: Partial<Overview> = {}): Overview => ({
  startMs: 0,
  endMs: 600_000,
  eventCount: 10,
  density: { binMs: 1000, edits: [], terminal: [] },
  marks,
  marksLeftOut: 0,
  silences: [],
  breaks: [],
  ...more,
})
const wordsAt = (atMs: number, of: Overview): string =>
  momentInWords(atMs, 600_000, whatIsThere(of, atMs - 2000, atMs, atMs + 2000))

test('where nothing is, the moment alone', () => {
  expect(wordsAt(60_000, overview([mark(90_000, 'Tab hidden')]))).toBe('1:00 of 10:00')
})

test('marks in reach, how often, and the break and the edits there', () => {
  const there = overview(
    [mark(59_000, 'Tab hidden'), mark(60_000, 'Tests: 3 passed, 1 failed'), mark(61_000, 'Tab hidden')],
    {
      density: { binMs: 1000, edits: Array.from({ length: 62 }, (_, i) => (i > 59 ? 2 : 0)), terminal: [] },
      breaks: [{ fromMs: 50_000, toMs: 70_000, label: 'Recording paused: coffee' }],
    },
  )
  expect(wordsAt(60_000, there)).toBe(
    '1:00 of 10:00. Tab hidden, 2 times; Tests: 3 passed, 1 failed; Recording paused: coffee; 4 edits',
  )
})

test('it stays short, and what steers text unseen is a mark', () => {
  const many = Array.from({ length: 500 }, (_, i) => mark(60_000, `\u202e${i} ${'x'.repeat(1000)}`))
  const words = wordsAt(60_000, overview(many))
  expect(words).toContain('‹U+202E›0 xxx')
  expect(words).toContain('497 more')
  expect(words.length).toBeLessThan(600)
})
