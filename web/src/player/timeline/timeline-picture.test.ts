import { expect, test } from 'vitest'
import type { RecordedEvent } from '../../../../protocol/events.js'
import { overviewOf } from '../../../../replay/index.js'
import { TimeAxis } from './time-axis.js'
import { pictureOf } from './timeline-picture.js'
import { whatIsThere } from './what-is-there.js'

const event = (type: string, timestamp: number, data: unknown = {}, seq = timestamp): RecordedEvent =>
  ({ type, timestamp, data, seq, source: 1, checkpoint: false }) as RecordedEvent
const edits = (count: number, everyMs: number) =>
  Array.from({ length: count }, (_, i) => event('code_edit', i * everyMs))

test('activity stands where it happened, at a height against the whole recording', () => {
  const overview = overviewOf([
    ...edits(10, 10_000),
    ...Array.from({ length: 18 }, (_, i) => event('code_edit', i < 9 ? 90_001 : 90_500)),
  ])
  const axis = new TimeAxis(0, 100_000)
  const whole = pictureOf(overview, axis, { from: 0, to: 100_000 }, 1000).bars.edits
  expect(whole.map(({ x }) => x)).toEqual([0, 99, 198, 300, 399, 498, 600, 699, 798, 900, 903])
  const [little, most] = [whole[0]?.level ?? 0, whole.at(-1)?.level]
  expect(little).toBeLessThan(1)
  expect(most).toBe(1)
  const zoomed = pictureOf(overview, axis, { from: 0, to: 10_000 }, 1000).bars.edits
  expect(zoomed[0]?.level).toBe(little)
})

test('one burst does not flatten the rest', () => {
  const burst = Array.from({ length: 5000 }, () => event('terminal_stream', 99_000))
  const each = Array.from({ length: 99 }, (_, i) => event('terminal_stream', i * 1000))
  const { bars } = pictureOf(
    overviewOf([...each, ...burst]),
    new TimeAxis(0, 99_000),
    { from: 0, to: 99_000 },
    990,
  )
  expect(bars.terminal[0]?.level).toBe(1)
})

test('marks in one place and of one kind are one; the rest stays', () => {
  const overview = overviewOf([
    event('tab_hidden', 1000),
    event('tab_hidden', 1001),
    event('gap', 1002),
    event('tab_hidden', 9000),
    event('cursor', 100_000),
  ])
  const axis = new TimeAxis(1000, 101_000)
  const kinds = (from: number, to: number) =>
    pictureOf(overview, axis, { from, to }, 1000).marks.map(({ x, mark }) => [Math.round(x), mark.kind])
  expect(kinds(0, 100_000)).toEqual([
    [0, 'signal'],
    [0, 'loss'],
    [80, 'signal'],
  ])
  expect(kinds(5000, 15_000)).toEqual([[300, 'signal']])
})

test('times are round and have room, also where silences are folded', () => {
  const silences = [{ fromMs: 100_000, toMs: 3_000_000 }]
  const axis = new TimeAxis(0, 3_600_000, silences)
  const { ticks, folds } = pictureOf(
    overviewOf([event('cursor', 0)]),
    axis,
    { from: 0, to: axis.length },
    600,
  )
  expect(folds).toHaveLength(1)
  for (const [i, tick] of ticks.entries()) {
    expect(tick.sinceStartMs % 60_000).toBe(0)
    if (i > 0) expect(tick.x - (ticks[i - 1]?.x ?? 0)).toBeGreaterThan(60)
  }
  expect(ticks.length).toBeGreaterThan(2)
})

test('what a pointer means: the marks in reach, the nearest of them, the stretch it stands in', () => {
  const overview = overviewOf([
    event('custom:recording_paused', 0, { reason: 'Coffee' }),
    event('code_edit', 1000),
    event('code_edit', 1100),
    ...Array.from({ length: 7 }, (_, i) => event('tab_hidden', 1200 + i)),
    event('custom:recording_resumed', 2000),
    event('code_edit', 300_000),
  ])
  const there = whatIsThere(overview, 0, 1204, 1999)
  expect(there).toMatchObject({
    nearest: { atMs: 1204 },
    marks: [{ mark: { label: 'Tab hidden' }, count: 7 }],
    moreMarks: 0,
    facts: ['Recording paused: Coffee', '2 edits'],
  })
  expect(whatIsThere(overview, 100_000, 101_000, 102_000)).toEqual({
    nearest: null,
    marks: [],
    moreMarks: 0,
    facts: ['Nothing for 4 min'],
  })
})
