import { renderToStaticMarkup } from 'react-dom/server'
import { describe, expect, test } from 'vitest'
import type { StatisticsView } from '../../../../protocol/http/index.js'
import { COMPARED_FIGURES, type ComparedFigure } from '../figures.js'
import { DistributionFigure } from './distribution-figure.js'

const figure = COMPARED_FIGURES.find(({ label }) => label === 'Test runs') as ComparedFigure

const listNone = () => Promise.reject(new Error('Nothing was pressed.'))

/** As many sessions have the figure as there are values; `told` where each session's own numbers are given. */
function drawn(values: number[], sessionCount: number, { told = false, own = false } = {}): string {
  const [min, max] = [Math.min(...values), Math.max(...values)]
  const quantiles = { p10: min, p25: min, p50: min, p75: max, p90: max }
  const histogram = values.map((value) => ({ from: value, to: value + 1, count: 1 }))
  const { metric } = figure
  const statistics: StatisticsView = {
    analysisVersion: 1,
    sessionCount,
    truncated: false,
    metrics: { [metric]: { count: values.length, mean: min, min, max, ...quantiles, histogram } },
    ...(told && { sessions: values.map((value, i) => ({ id: `s${i}`, metrics: { [metric]: value } })) }),
    ...(own && { session: { id: 's0', metrics: { [metric]: { value: min, percentile: 20 } } } }),
  }
  return renderToStaticMarkup(
    <DistributionFigure figure={figure} statistics={statistics} ofQuestion={false} list={listNone} />,
  )
}

test('of a few sessions each is a point, of many there are bars', () => {
  expect(drawn([3, 4, 6], 3, { told: true }).match(/class="point"/g)).toHaveLength(3)
  const bars = drawn([3, 4, 6, 8, 9], 9)
  expect(bars.match(/class="histogram-bar"/g)).toHaveLength(5)
  expect(bars).toContain('Half of 5 sessions')
})

describe('a figure that few of many sessions have', () => {
  test.each([true, false])('has bars, and words that are true (one is marked: %s)', (own) => {
    const html = drawn([3, 4, 6], 12, { own })
    expect(html.match(/class="histogram-bar"/g)).toHaveLength(3)
    expect(html).toContain('Only 3 of 12 sessions have this figure: too few to say how common it is.')
  })
})
