import uPlot from 'uplot'
import { resolveColours } from '../../ui/theme.js'
import { offsetText } from '../moments.js'
import { PLOT_COLOURS, type PlotModel, type PlotSeries } from './plot-model.js'

/** All plots of a page have their areas one below the other. */
const Y_AXIS_PX = 56
const X_AXIS_PX = 24
const FONT = '11px "Inter Variable", system-ui, sans-serif'
/** Seconds between two times of the axis, from the smallest that leaves room. */
const TIME_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 86_400]

/** How a plot is painted, in the colours of the moment. */
export function paintOf(
  model: PlotModel,
  firstMs: number,
  lastMs: number,
): Pick<uPlot.Options, 'series' | 'axes' | 'scales' | 'legend' | 'padding'> {
  const colours = resolveColours([...PLOT_COLOURS, 'line', 'ink-quiet'])
  const grid = { stroke: colours.line, width: 1 }
  const axis = { stroke: colours['ink-quiet'], font: FONT, ticks: { show: false }, grid }
  const lengthSec = Math.max(1, (lastMs - firstMs) / 1000)
  const highest = Math.max(
    1,
    ...model.series.flatMap(({ painted, values }) => (painted ?? values).map(Number)),
  )
  return {
    legend: { show: false },
    padding: [8, 12, 0, 0],
    scales: {
      x: { time: false, range: (u, min, max) => (isWhole(u, min, max) ? [0, lengthSec] : [min, max]) },
      y: { range: [0, highest * 1.05] },
    },
    axes: [
      {
        ...axis,
        size: X_AXIS_PX,
        space: 64,
        incrs: TIME_STEPS,
        values: (_u, splits) => splits.map((at) => offsetText(at * 1000)),
      },
      {
        ...axis,
        size: Y_AXIS_PX,
        space: 28,
        incrs: [
          1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 1_000_000,
        ],
        values: (_u, splits) => splits.map((value) => (model.onOff ? '' : compact(value))),
      },
    ],
    series: [{}, ...[...model.series].reverse().map((series) => seriesPaint(series, colours))],
  }
}

/** Without a zoom the axis is that of the whole session, wherever a plot's own values begin and end. */
const isWhole = ({ data: [xs] }: uPlot, min: number, max: number): boolean =>
  min === xs[0] && max === xs.at(-1)

const compactFormat = new Intl.NumberFormat('en', { notation: 'compact' })
const compact = (value: number): string => compactFormat.format(value)

function seriesPaint({ as, colour }: PlotSeries, colours: Record<string, string>): uPlot.Series {
  const ink = colours[colour] ?? ''
  if (as === 'bars') {
    const paths = uPlot.paths.bars?.({ size: [1, 6, 4], align: 0 })
    return { stroke: ink, fill: ink, width: 0, points: { show: false }, ...(paths && { paths }) }
  }
  const paths = uPlot.paths.stepped?.({ align: 1, extend: true })
  return as === 'area'
    ? { stroke: ink, fill: ink, width: 1, points: { show: false }, ...(paths && { paths }) }
    : {
        stroke: ink,
        fill: ink.replace('rgb(', 'rgba(').replace(')', ', 0.16)'),
        width: 2,
        points: { show: false },
        ...(paths && { paths }),
      }
}
