import type { SessionSeries, SessionStats } from '../../../../protocol/http/index.js'
import { lengthWords, seconds, times } from '../words.js'
import type { PlotModel } from './plot-model.js'

/** When a page of the interview was in front and when none was; null without such a time. */
export function focusPlot({ awayTimes }: SessionSeries, stats: SessionStats): PlotModel | null {
  const { firstEvent, lastEvent } = stats.activityTimeline
  if (firstEvent === null || lastEvent === null || awayTimes.length === 0) return null
  const steps = awayTimes.flatMap(({ fromMs, toMs }) => [
    { atMs: fromMs, away: 1 },
    { atMs: toMs, away: 0 },
  ])
  const all = [{ atMs: firstEvent, away: 0 }, ...steps, { atMs: lastEvent, away: 0 }]
  const { awayCount, awaySeconds, longestAwaySeconds } = stats.focus
  return {
    title: 'Away from the page',
    unit: 'no page of the interview in front',
    summary: `Away ${times(awayCount)}, ${lengthWords(awaySeconds)} in all${
      awayCount === 1 || longestAwaySeconds === null ? '' : `, the longest ${lengthWords(longestAwaySeconds)}`
    }.`,
    atMs: all.map(({ atMs }) => atMs),
    series: [{ label: 'Away', colour: 'plot-amber', as: 'step', values: all.map(({ away }) => away) }],
    goes: 'to-place',
    onOff: true,
    table: {
      columns: ['Away for'],
      rows: awayTimes.map(({ fromMs, toMs }) => ({ atMs: fromMs, cells: [seconds((toMs - fromMs) / 1000)] })),
    },
  }
}
