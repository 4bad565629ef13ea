import type { SessionTimeline } from '../../protocol/http/analysis.js'
import type { SessionFold } from './session-fold.js'
import { idleGaps, longestOf } from './stats.js'

export const DEFAULT_BUCKETS = 600
export const MAX_BUCKETS = 5000

/** What a player needs before it has loaded any event. */
export function timelineOf(fold: SessionFold, buckets = DEFAULT_BUCKETS): SessionTimeline {
  const firstMs = fold.extent?.first.timestamp ?? null
  const lastMs = fold.extent?.last.timestamp ?? null
  return {
    firstMs,
    lastMs,
    durationMs: firstMs === null || lastMs === null ? 0 : lastMs - firstMs,
    eventCount: fold.tally.sum('totalEvents'),
    checkpointCount: fold.checkpoints.count,
    checkpoints: fold.checkpoints.inOrderOfTime(),
    density: fold.grid.density(Math.min(Math.max(1, Math.floor(buckets)), MAX_BUCKETS)),
    idleGaps: longestOf(idleGaps(fold), (gap) => gap.ms).map(({ fromMs, toMs }) => ({ fromMs, toMs })),
    segments: fold.segments.toArray(),
  }
}
