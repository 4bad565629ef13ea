import { pause } from '../chaos/pause.js'
import type { Rig } from '../chaos/rig.js'

/** One way in which a system fails. Faults know nothing of each other, nor of who checks. */
export interface Fault {
  readonly name: string
  /** What it takes hold of: two faults with a part in common are not had at once. */
  readonly uses: readonly FaultyPart[]
  /** Within so long of the part's return everybody is acked again. Default: ACKS_WITHIN_MS. */
  readonly acksWithinMs?: number
  /** Why it can't be had with this rig; null where it can. */
  obstacle?(rig: Rig): string | null
  /** Strikes, lasts, and heals: resolves at the moment when the part is back. */
  run(rig: Rig): Promise<void>
}

export type FaultyPart =
  | 'servers'
  | 'workers'
  | 'redis'
  | 'postgres'
  | 'archive'
  | 'network'
  | 'candidates'
  | 'clocks'

export const ACKS_WITHIN_MS = 3_000

/** One of several, by the run's seed. */
export const pick = <T>(rig: Rig, items: readonly T[]): T =>
  items[Math.floor(rig.random() * items.length)] as T

/** Lasts between so long, less at a faster pace; answers how long, for people. */
export async function lasts(rig: Rig, fromMs: number, toMs: number): Promise<string> {
  const ms = (fromMs + rig.random() * (toMs - fromMs)) * rig.pace
  await pause(ms)
  return `${(ms / 1_000).toFixed(1)} s`
}
