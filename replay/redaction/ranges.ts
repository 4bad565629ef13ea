/** Places within one text: `[from, to, from, to, …]` in UTF-16 units, half open, ascending, apart from each other. */
export type Ranges = readonly number[]

export const NO_RANGES: Ranges = []

/** Adds `[from, to)` in place, joined with what it touches. */
export function addRange(ranges: number[], from: number, to: number): void {
  if (from >= to) return
  let first = firstReaching(ranges, from)
  let [start, end] = [from, to]
  const at = first
  while (first < ranges.length && (ranges[first] as number) <= end) {
    start = Math.min(start, ranges[first] as number)
    end = Math.max(end, ranges[first + 1] as number)
    first += 2
  }
  ranges.splice(at, first - at, start, end)
}

/** What of `ranges` lies in `[from, to)`, counted from `from`. */
export function clipRanges(ranges: Ranges, from: number, to: number): Ranges {
  const clipped: number[] = []
  for (let i = firstReaching(ranges, from); i < ranges.length && (ranges[i] as number) < to; i += 2) {
    const [start, end] = [Math.max(ranges[i] as number, from), Math.min(ranges[i + 1] as number, to)]
    if (start < end) clipped.push(start - from, end - from)
  }
  return clipped
}

export function* eachRange(ranges: Ranges): Generator<[from: number, to: number]> {
  for (let i = 0; i < ranges.length; i += 2) yield [ranges[i] as number, ranges[i + 1] as number]
}

export const sameRanges = (a: Ranges, b: Ranges): boolean =>
  a.length === b.length && a.every((edge, i) => edge === b[i])

/** The index of the first range that ends at `offset` or behind it. */
function firstReaching(ranges: Ranges, offset: number): number {
  let low = 0
  let high = ranges.length / 2
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((ranges[2 * middle + 1] as number) < offset) low = middle + 1
    else high = middle
  }
  return 2 * low
}
