import { expect, test } from 'vitest'
import type { StatisticsView } from '../../../../protocol/http/index.js'
import { computedOf, edit, START_MS } from '../test-support/computed.js'
import { commonness, type Signal, signalsOf } from './signals.js'

const kinds = (happenings: Parameters<typeof computedOf>[0]) =>
  signalsOf(computedOf(happenings)).map(({ kind }) => kind)

test('a plain interview has no signals', () => {
  expect(kinds([edit(0, 'const a = 1\n'), edit(4, 'const b = 2\n'), edit(5, 'short', 'paste')])).toEqual([])
})

test('each signal is there with its moments', () => {
  const signals = signalsOf(
    computedOf([
      edit(0, 'typed text that stays '),
      edit(1, 'o'.repeat(200), 'paste'),
      { at: 2, type: 'tab_hidden' },
      { at: 2.2, type: 'tab_visible' },
      { at: 3, type: 'tab_hidden' },
      { at: 4, type: 'tab_visible' },
      { at: 5, type: 'second_tab' },
      { at: 5.5, type: 'fullscreen_exit' },
      { at: 6, type: 'connection_lost' },
      { at: 6.1, type: 'connection_lost' },
      { at: 13, type: 'proctor_flag', data: { text: 'Look here' } },
      { at: 14, type: 'code_snapshot', data: { fileName: 'b.ts', content: 'z'.repeat(100) }, fileId: 'b.ts' },
      { at: 14, type: 'gap', data: { source: 1, fromSeq: 3, toSeq: 4 } },
    ]),
  )
  const minutes = signals.map(({ kind, title, moments }) => [
    kind,
    title,
    moments.map(({ atMs }) => Math.round((atMs - START_MS) / 6000) / 10),
  ])
  // What has no event of its own is as exact as a bucket of the series.
  expect(minutes).toEqual([
    ['paste', '1 paste from outside, 200 characters', [1]],
    ['unexplained', '100 characters of the final code of no known origin', [13.8]],
    ['away', 'Away from the page once for 30 s or longer', [3]],
    ['second_tab', 'The interview was opened in a second tab once', [5]],
    ['fullscreen_exit', 'Full screen was left once', [5.5]],
    ['connection_lost', 'The connection was lost twice', [6, 6.1]],
    ['pause', '1 pause of 5 minutes or longer', [6.1]],
    ['flag', 'Flagged by a proctor once', [13]],
    ['loss', '2 events of the recording never arrived', []],
  ])
})

test('what was flagged after the close is to be looked at, too, in the order of the recording', () => {
  const later = [
    { atMs: START_MS + 9000, text: 'Why this?' },
    { atMs: START_MS + 2000, text: '' },
  ]
  const [signal, ...others] = signalsOf(computedOf([edit(0, 'a')]), later)
  expect(others).toEqual([])
  expect(signal).toMatchObject({ kind: 'later-flag', title: 'Flagged after the close twice' })
  expect(signal?.moments.map(({ atMs, what }) => [atMs - START_MS, what])).toEqual([
    [2000, ''],
    [9000, 'Why this?'],
  ])
  // Counted with those of the recording.
  expect(signal?.metric).toBe('annotations.flags')
})

test('no signal judges', () => {
  const all = signalsOf(computedOf([edit(1, 'o'.repeat(200), 'paste'), edit(30, 'x')]))
  for (const { title, evidence } of all)
    expect(`${title} ${evidence}`).not.toMatch(/cheat|suspicious|dishonest|guilt|score/i)
})

const SIGNAL: Signal = {
  kind: 'away',
  title: '',
  evidence: '',
  metric: 'focus.awaySeconds',
  words: { above: 'longer', below: 'shorter', most: 'the longest', least: 'the shortest' },
  moments: [],
}
const among = (count: number, p50: number, p75: number): StatisticsView =>
  ({
    metrics: { 'focus.awaySeconds': { count, min: 0, max: 500, p50, p75 } },
    session: { id: 's', metrics: { 'focus.awaySeconds': { value: 90, percentile: 88 } } },
  }) as unknown as StatisticsView

test('how common a signal is, is said as far as the sessions tell', () => {
  expect(commonness(SIGNAL, among(43, 10, 30))).toBe('Longer than 88 % of 43 sessions of this question.')
  expect(commonness(SIGNAL, among(43, 0, 30))).toBe(
    'Longer than 88 % of 43 sessions of this question; at least half have none.',
  )
  expect(commonness(SIGNAL, among(43, 0, 0))).toContain('at least three quarters have none')
  expect(commonness(SIGNAL, among(3, 0, 0))).toBe(
    '3 sessions of this question: too few to say how common this is.',
  )
  expect(commonness(SIGNAL, null)).toContain('names no question')
})
