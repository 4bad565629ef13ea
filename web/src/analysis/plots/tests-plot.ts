import type { SessionSeries } from '../../../../protocol/http/index.js'
import { count, counted } from '../../ui/format.js'
import { allPassed } from '../session/findings.js'
import type { PlotModel } from './plot-model.js'

/** How many tests passed in each run, and how many there were; null without a run. */
export function testsPlot({ testRuns }: SessionSeries): PlotModel | null {
  const runs = [...testRuns].sort((a, b) => a.endMs - b.endMs || a.seq - b.seq)
  const last = runs.at(-1)
  if (last === undefined) return null
  const sizes = runs.map(({ passed, failed, testCount }) => Math.max(passed + failed, testCount ?? 0))
  const complete = runs.filter(allPassed).length
  return {
    title: 'Tests passing',
    unit: 'tests, at the end of each run',
    summary: `${counted(runs.length, 'run')}; in the last one ${count(last.passed)} of ${counted(sizes.at(-1) ?? 0, 'test')} passed. All passed in ${complete === 0 ? 'none' : counted(complete, 'run')}.`,
    atMs: runs.map(({ endMs }) => endMs),
    series: [
      { label: 'Passing', colour: 'plot-green', as: 'step', values: runs.map(({ passed }) => passed) },
      { label: 'Of', colour: 'plot-grey', as: 'step', values: sizes },
    ],
    goes: 'to-value',
    table: {
      columns: ['Passed', 'Failed', 'Announced'],
      rows: runs.map(({ endMs, passed, failed, testCount }) => ({
        atMs: endMs,
        cells: [count(passed), count(failed), testCount === null ? 'not said' : count(testCount)],
      })),
    },
  }
}
