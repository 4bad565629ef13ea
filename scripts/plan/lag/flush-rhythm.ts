import { rhythmAt } from './rhythm.js'
import type { Schedule } from './schedule.js'

/**
 * How often a session is flushed, and how many events a flush finds, where nothing holds up workers: it is due some time after
 * the first event behind the last flush, or with so many events, and is found half a sweep later.
 * @param gapsMs pauses of a recorded interview, gone through once
 */
export function flushRhythm(
  gapsMs: readonly number[],
  eventsPerSec: number,
  { dueAfterMs, dueEvents, sweepEveryMs }: Schedule,
): { flushesPerSec: number; eventsPerFlush: number } {
  const gaps = rhythmAt(gapsMs, eventsPerSec)
  const cycleMs = gaps.reduce((total, gap) => total + gap, 0)
  const timesMs: number[] = []
  let atMs = 0
  for (const gap of gaps) {
    atMs += gap
    timesMs.push(atMs)
  }
  let flushes = 0
  for (let first = 0; first < timesMs.length; ) {
    const dueMs = (timesMs[first] as number) + dueAfterMs + sweepEveryMs / 2
    let next = first
    while (next < timesMs.length && next - first < dueEvents && (timesMs[next] as number) <= dueMs) next++
    flushes += 1
    first = next
  }
  return { flushesPerSec: (flushes / cycleMs) * 1_000, eventsPerFlush: timesMs.length / flushes }
}
