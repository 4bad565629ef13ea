import type { SessionSeries } from '../../../../protocol/http/index.js'
import { count, counted } from '../../ui/format.js'
import { ORIGINS } from '../origins.js'
import { listed } from '../words.js'
import { type PlotModel, stacked } from './plot-model.js'

/** The final code as it grew, by where it came from; null where there is none. */
export function codePlot({ code: { startMs, bucketMs, kinds } }: SessionSeries): PlotModel | null {
  const present = ORIGINS.filter(({ name }) => (kinds[name].at(-1) ?? 0) > 0)
  if (startMs === null || present.length === 0) return null
  const length = Math.max(...present.map(({ name }) => kinds[name].length))
  const atMs = Array.from({ length }, (_, i) => startMs + i * bucketMs)
  const sums = stacked(present.map(({ name }) => kinds[name]))
  const finals = present.map(({ name }) => kinds[name].at(-1) ?? 0)
  const total = finals.reduce((sum, chars) => sum + chars, 0)
  const parts = present.map(({ label }, i) => `${label.toLowerCase()} ${count(finals[i] ?? 0)}`)
  const changes = atMs
    .map((at, i) => ({ at, i }))
    .filter(({ i }) => present.some(({ name }) => kinds[name][i] !== (i === 0 ? 0 : kinds[name][i - 1])))
  return {
    title: 'Final code by origin',
    unit: 'characters',
    summary: `${counted(total, 'character')} of final code, each from the moment it came in: ${listed(parts)}.`,
    atMs,
    series: present.map(({ name, label, colour }, i) => ({
      label,
      colour,
      as: 'area',
      values: kinds[name],
      painted: sums[i] ?? [],
    })),
    goes: 'to-place',
    table: {
      columns: present.map(({ label }) => label),
      rows: changes.map(({ at, i }) => ({
        atMs: at,
        cells: present.map(({ name }) => count(kinds[name][i] ?? 0)),
      })),
    },
  }
}
