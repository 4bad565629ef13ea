import { expect, test } from 'vitest'
import { computedOf, edit, START_MS, testRun, turn } from '../test-support/computed.js'
import { activityPlot } from './activity-plot.js'
import { codePlot } from './code-plot.js'
import { focusPlot } from './focus-plot.js'
import { stacked } from './plot-model.js'
import { testsPlot } from './tests-plot.js'
import { tokensPlot } from './tokens-plot.js'

const minute = (atMs: number) => Math.round((atMs - START_MS) / 6000) / 10

test('layers of a stack lie on each other', () => {
  expect(
    stacked([
      [1, 2],
      [3, 4],
      [5, 0],
    ]),
  ).toEqual([
    [1, 2],
    [4, 6],
    [9, 6],
  ]) // prettier-ignore
})

test('the code by origin: present origins alone, the highest sum is all of it', () => {
  const { series, stats } = computedOf([edit(0, 'abcd'), edit(30, 'answer', 'ai')])
  const plot = codePlot(series)
  expect(plot?.series.map(({ label }) => label)).toEqual(['Typed', 'Assistant'])
  expect(plot?.series.at(-1)?.painted?.at(-1)).toBe(stats.provenance.total)
  expect(plot?.summary).toBe(
    '10 characters of final code, each from the moment it came in: typed 4 and assistant 6.',
  )
  expect(plot?.table.rows.map(({ cells }) => cells)).toEqual([
    ['4', '0'],
    ['4', '6'],
  ])
  expect(codePlot(computedOf([turn(0, 'user')]).series)).toBeNull()
})

test('tests stand at the end of their run, with those that were announced', () => {
  const { series } = computedOf([...testRun(1, 1, 2), ...testRun(9, 3, 0)])
  const plot = testsPlot(series)
  expect(plot?.atMs.map(minute)).toEqual([1.1, 9.1])
  expect(plot?.series.map(({ values }) => values)).toEqual([
    [1, 3],
    [3, 3],
  ])
  expect(plot?.summary).toBe('2 runs; in the last one 3 of 3 tests passed. All passed in 1 run.')
  expect(testsPlot(computedOf([edit(0, 'a')]).series)).toBeNull()
})

test('tokens that nobody said are not zero', () => {
  const plot = tokensPlot(
    computedOf([
      turn(0, 'user', { inputTokens: 0 }),
      turn(1, 'assistant', { outputTokens: 7 }),
      turn(2, 'user'),
    ]).series,
  )
  expect(plot?.series.map(({ values }) => values)).toEqual([
    [null, 7, null],
    [0, null, null],
  ])
  expect(plot?.series.map(({ painted }) => painted)).toEqual([
    [0, 7, null],
    [0, 7, null],
  ])
  expect(plot?.summary).toBe(
    '3 turns of the chat. 0 tokens read and 7 written. 1 turn does not say its tokens.',
  )
})

test('where no turn says its tokens, the turns themselves are shown', () => {
  const { series } = computedOf([turn(0, 'user'), turn(1, 'assistant'), turn(2, 'user')])
  const plot = tokensPlot(series)
  expect(plot?.unit).toContain('not recorded')
  expect(plot?.series.map(({ label, values }) => [label, values])).toEqual([
    ['Answers', [0, 1, 1]],
    ['Prompts', [1, 1, 2]],
  ])
  expect(plot?.table.rows[0]?.cells).toEqual(['Prompt', 'not said', 'not said', 'not said'])
})

test('activity counts every event once, by kind', () => {
  const { timeline, stats } = computedOf([edit(0, 'a'), edit(20, 'b'), turn(21, 'user')])
  const plot = activityPlot(timeline, stats)
  expect(plot?.series.map(({ label }) => label)).toEqual(['Edits', 'Assistant'])
  const sum = plot?.series.flatMap(({ values }) => values).reduce<number>((all, n) => all + (n ?? 0), 0)
  expect(sum).toBe(stats.totalEvents)
  expect(plot?.summary).toBe('3 events. 1 pause of more than a minute, the longest 20 minutes.')
})

test('away is a step up and a step down', () => {
  const { series, stats } = computedOf([
    edit(0, 'a'),
    { at: 3, type: 'tab_hidden' },
    { at: 5, type: 'tab_visible' },
    edit(9, 'b'),
  ])
  const plot = focusPlot(series, stats)
  expect(plot?.atMs.map(minute)).toEqual([0, 3, 5, 9])
  expect(plot?.series[0]?.values).toEqual([0, 1, 0, 0])
  expect(plot?.summary).toBe('Away once, 2 minutes in all.')
  const never = computedOf([edit(0, 'a')])
  expect(focusPlot(never.series, never.stats)).toBeNull()
})
