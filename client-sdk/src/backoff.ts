/** Waits between attempts that fail in a row: doubling from `firstMs` up to `mostMs`. */
export interface Backoff {
  firstMs: number
  mostMs: number
}

/** `failures` in a row so far, 1 or more. Half of the wait is chance, so that a thousand tabs don't come at once. */
export const backoffMs = ({ firstMs, mostMs }: Backoff, failures: number, random: () => number): number =>
  Math.min(mostMs, firstMs * 2 ** Math.min(failures - 1, 30)) * (0.5 + 0.5 * random())

/** A wait that the server asked for, and up to a quarter more. */
export const jittered = (waitMs: number, random: () => number): number => waitMs * (1 + 0.25 * random())
