/** How many of `items`, from the start, `isBefore` holds for; it must hold for a first part of them and no other. */
export function countWhile<T>(items: readonly T[], isBefore: (item: T) => boolean): number {
  let low = 0
  let high = items.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isBefore(items[middle] as T)) low = middle + 1
    else high = middle
  }
  return low
}

/** The last of ascending stretches that starts at `atMs` or before. */
export const lastStartingBy = <T extends { readonly fromMs: number }>(
  stretches: readonly T[],
  atMs: number,
): T | undefined => stretches[countWhile(stretches, ({ fromMs }) => fromMs <= atMs) - 1]
