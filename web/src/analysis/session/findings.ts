import type { SessionSeries, SessionStats, SessionTimeline } from '../../../../protocol/http/index.js'
import type { Moment } from '../moments.js'

/** What the service computed of one session. */
export interface Computed {
  stats: SessionStats
  series: SessionSeries
  timeline: SessionTimeline
}

type TestRun = SessionSeries['testRuns'][number]

/** Whether a run had results, no failed one, and as many as were announced. */
export const allPassed = ({ passed, failed, testCount }: TestRun): boolean =>
  passed > 0 && failed === 0 && passed >= (testCount ?? 0)

/** Of equal ones the first; null of none. */
export function most<T>(items: readonly T[], amount: (item: T) => number): T | null {
  let best: T | null = null
  for (const item of items) if (best === null || amount(item) > amount(best)) best = item
  return best
}

/** The bucket in which an origin's characters grew most. */
export function largestGrowth(
  { startMs, bucketMs, kinds }: SessionSeries['code'],
  origin: keyof SessionSeries['code']['kinds'],
): Moment | null {
  const grown = kinds[origin]
  const places = grown.map((chars, i) => ({ i, growth: chars - (grown[i - 1] ?? 0) }))
  const best = most(places, ({ growth }) => growth)
  if (startMs === null || best === null || best.growth === 0) return null
  return { atMs: startMs + best.i * bucketMs, what: 'where most of it came' }
}
