import type { DensityKind } from '../../../../protocol/http/analysis.js'
import type { SessionStats, SessionTimeline } from '../../../../protocol/http/index.js'
import { count, counted } from '../../ui/format.js'
import { lengthWords } from '../words.js'
import { type PlotColour, type PlotModel, stacked } from './plot-model.js'

const KINDS: readonly [kind: DensityKind, label: string, colour: PlotColour][] = [
  ['edits', 'Edits', 'plot-green'],
  ['terminal', 'Terminal', 'plot-blue'],
  ['tests', 'Tests', 'plot-lime'],
  ['ai', 'Assistant', 'plot-violet'],
  ['pastes', 'Pastes', 'plot-amber'],
  ['signals', 'Page', 'plot-pink'],
  ['other', 'Other', 'plot-grey'],
]

/** How much happened when, by kind; null where nothing did. */
export function activityPlot({ density }: SessionTimeline, stats: SessionStats): PlotModel | null {
  const { startMs, bucketMs } = density
  const present = KINDS.filter(([kind]) => density.kinds[kind].some((n) => n > 0))
  if (startMs === null || present.length === 0) return null
  const layers = present.map(([kind]) => density.kinds[kind])
  const length = Math.max(...layers.map((layer) => layer.length))
  const atMs = Array.from({ length }, (_, i) => startMs + i * bucketMs)
  const sums = stacked(layers)
  const { idleGaps } = stats.activityTimeline
  const pauses =
    idleGaps.longestSeconds === null
      ? 'No pause was longer than a minute.'
      : `${counted(idleGaps.count, 'pause')} of more than a minute, the longest ${lengthWords(idleGaps.longestSeconds)}.`
  const busy = atMs.map((at, i) => ({ at, i })).filter(({ i }) => layers.some((layer) => (layer[i] ?? 0) > 0))
  return {
    title: 'Activity',
    unit: `events per ${lengthWords(bucketMs / 1000)}`,
    summary: `${counted(stats.totalEvents, 'event')}. ${pauses}`,
    atMs,
    series: present.map(([, label, colour], i) => ({
      label,
      colour,
      as: 'area',
      values: layers[i] ?? [],
      painted: sums[i] ?? [],
    })),
    goes: 'to-place',
    table: {
      columns: present.map(([, label]) => label),
      rows: busy.map(({ at, i }) => ({ atMs: at, cells: layers.map((layer) => count(layer[i] ?? 0)) })),
    },
  }
}
