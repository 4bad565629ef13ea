import { expect, test } from 'vitest'
import { type Draft, record } from '../test-support/recordings.js'
import { createAnalysis } from './index.js'

const awayOf = (drafts: readonly Draft[], endMs: number | null = null) => {
  const analysis = createAnalysis()
  analysis.add(record(drafts))
  const context = { sessionId: 's', status: 'ACTIVE', startMs: 0, endMs, ratings: new Map() }
  const { awayCount, awaySeconds } = analysis.stats(context).focus
  return [awayCount, awaySeconds]
}

const at = (seconds: number, type: string, source = 1, data: object = {}): Draft => ({
  type,
  data,
  source,
  atMs: seconds * 1000,
})
const typed = (seconds: number, origin: string | null = 'typed', source = 1): Draft => ({
  ...at(seconds, 'code_edit', source, { changes: [[0, 0, 'x']], ...(origin !== null && { origin }) }),
  fileId: 'a.ts',
})

test('hidden and blurred at once is away once', () => {
  const both = [at(10, 'tab_hidden'), at(11, 'window_blur'), at(20, 'tab_visible'), at(22, 'window_focus')]
  expect(awayOf([typed(0), ...both, typed(30)])).toEqual([1, 12])
})

test('a time away that nobody ended ends with the last activity and with the session', () => {
  const left = [typed(0), at(10, 'tab_hidden'), at(15, 'session_submit', 2)]
  expect(awayOf(left)).toEqual([1, 5])
  expect(awayOf([...left, at(7200, 'proctor_note', 3, { text: 'n' })])).toEqual([1, 5])
  expect(awayOf([...left, at(7200, 'custom:x', 2)], 40_000)).toEqual([1, 30])
})

test('who types is there, whatever became of the signal that says so', () => {
  expect(awayOf([at(10, 'window_blur'), typed(14), typed(600)])).toEqual([1, 4])
  // What was typed before the page was left may be told a little later.
  expect(awayOf([at(10, 'window_blur'), typed(10.5), at(60, 'window_focus')])).toEqual([1, 50])
  expect(
    awayOf([at(10, 'tab_hidden'), typed(20, 'ai'), typed(21, 'program'), at(60, 'tab_visible')]),
  ).toEqual([1, 50])
})

test('with two tabs of the interview, whoever is in one of them is not away', () => {
  const first = [typed(0), at(10, 'tab_hidden'), at(100, 'tab_visible'), typed(101)]
  const second = [at(10.3, 'editor_open', 2), typed(50, 'typed', 2), at(99.8, 'tab_hidden', 2)]
  expect(awayOf([...first, ...second])).toEqual([0, 0])
  const elsewhere = [at(20, 'window_blur', 2), at(40, 'window_focus', 2)]
  expect(awayOf([...first, second[0] as Draft, ...elsewhere, ...second.slice(1)])).toEqual([1, 20])
})

test('a page that was closed while hidden is away until a later one is opened', () => {
  expect(awayOf([typed(0), at(10, 'tab_hidden'), at(70, 'editor_open', 2), typed(300, 'typed', 2)])).toEqual([
    1, 60,
  ])
  expect(awayOf([typed(0), at(10, 'tab_hidden'), at(10.8, 'editor_open', 2)])).toEqual([0, 0])
})
