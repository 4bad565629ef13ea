import { expect, test } from 'vitest'
import { countRow, NOTHING } from './facts.js'

interface Told {
  type: string
  source: number
  atMs: number
  beginsPage?: boolean
}

const awayAfter = (...told: Told[]) => {
  const { facts } = told.reduce(
    (tally, { type, source, atMs, beginsPage = false }) =>
      countRow(tally, {
        type,
        source,
        beginsPage,
        timestamp: new Date(atMs),
        passed: null,
        role: null,
        checkpoint: false,
        isRepair: false,
        data: {},
      }),
    NOTHING,
  )
  return [facts.tabAwayCount, facts.tabAwaySinceMs]
}
const begins = (source: number, atMs: number) => ({ type: 'session_start', source, atMs, beginsPage: true })
const hidden = (source: number, atMs: number) => ({ type: 'tab_hidden', source, atMs })
const shown = (source: number, atMs: number) => ({ type: 'tab_visible', source, atMs })
const MINUTE_MS = 60_000

test('a tab is away from when it was hidden until it is shown', () => {
  expect(awayAfter(begins(1, 0), hidden(1, 5_000))).toEqual([1, 5_000])
  expect(awayAfter(begins(1, 0), hidden(1, 5_000), shown(1, 9_000))).toEqual([1, null])
  expect(awayAfter(begins(1, 0), hidden(1, 5), shown(1, 9), hidden(1, 9))).toEqual([2, 9])
})

test('a reload is no time away, whichever of the two pages is heard first', () => {
  expect(awayAfter(begins(1, 0), hidden(1, 5_000), begins(2, 7_000))).toEqual([0, null])
  expect(awayAfter(begins(1, 0), begins(2, 7_000), hidden(1, 5_000))).toEqual([0, null])
})

test('a page that is opened after a while ends the time away, which was one', () => {
  const openedMs = 5 * MINUTE_MS
  expect(awayAfter(begins(1, 0), hidden(1, 5_000), begins(2, openedMs))).toEqual([1, null])
  expect(awayAfter(begins(1, 0), begins(2, openedMs), hidden(1, 5_000))).toEqual([1, null])
  expect(awayAfter(begins(1, 0), hidden(1, 5_000), begins(2, openedMs), hidden(2, openedMs + 1))).toEqual([
    2,
    openedMs + 1,
  ])
})

test('what a service or a proctor sends does not bring the tab back', () => {
  const byService = { type: 'test_run_start', source: 2, atMs: 6_000 }
  expect(awayAfter(begins(1, 0), hidden(1, 5_000), byService)).toEqual([1, 5_000])
})

test('of two pages one in front is enough, also where the other says late that it is hidden', () => {
  const both = [begins(1, 0), begins(2, MINUTE_MS)]
  expect(awayAfter(...both, hidden(2, 70_000), shown(1, 70_001))).toEqual([1, null])
  expect(awayAfter(...both, shown(1, 70_001), hidden(2, 70_000))).toEqual([1, null])
})
