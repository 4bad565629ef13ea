import type { Stretch } from '../../../replay/index.js'
import { lastStartingBy } from './stretches.js'

/** This much of a silence is still played, at its start and at its end. */
const PLAYED_MS = 3000

/** Where the playhead goes from `atMs`, in the middle of a silence: close to the silence's end. Ascending silences. */
export function skipIdle(silences: readonly Stretch[], atMs: number): number {
  const silence = lastStartingBy(silences, atMs)
  if (silence === undefined) return atMs
  const goesOnMs = silence.toMs - PLAYED_MS
  return atMs - silence.fromMs >= PLAYED_MS && atMs < goesOnMs ? goesOnMs : atMs
}
