export const MAX_GAP_MS = 60_000

/**
 * The same moments with every pause longer than `maxGapMs` shortened to it, counted from the first moment.
 * A moment before the one in front of it (a clock that was set back) counts as the same moment.
 */
export function shortenGaps(timesMs: readonly number[], maxGapMs = MAX_GAP_MS): number[] {
  let offsetMs = 0
  let latestMs = timesMs[0] ?? 0
  return timesMs.map((timeMs) => {
    offsetMs += Math.min(Math.max(timeMs - latestMs, 0), maxGapMs)
    latestMs = Math.max(latestMs, timeMs)
    return offsetMs
  })
}
