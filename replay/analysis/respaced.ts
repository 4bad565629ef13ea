import { joined, type Run } from './origins.js'

const isSpace = (text: string, at: number): boolean => /\s/.test(text[at] ?? '')

/** White space aside: editors indent what is pasted, end its lines anew, and formatters move code about. */
export const squeezed = (text: string): string => text.replace(/\s+/g, '')

/** Where a text stands in another one, white space aside: from its first character on that is none, or -1. */
export function respacedIndex(within: string, squeezedWithin: string, sought: string): number {
  const place = squeezedWithin.indexOf(sought)
  if (place < 0) return -1
  let left = place
  for (let at = 0; at < within.length; at++) if (!isSpace(within, at) && left-- === 0) return at
  return -1
}

/** Where the characters of `after` came from, which is `before` with other white space: that goes with its neighbours. */
export function respacedRuns(before: string, runs: readonly Run[], after: string): Run[] {
  const result: Run[] = []
  let [at, index, end] = [0, 0, runs[0]?.length ?? 0]
  let from = 0
  const put = (to: number): void => {
    const run = runs[index]
    if (run !== undefined && to > from) result.push({ ...run, length: to - from })
    from = to
  }
  for (let i = 0; i < after.length; i++) {
    if (isSpace(after, i)) continue
    while (isSpace(before, at)) at++
    if (at >= end) {
      put(i)
      while (at >= end && index < runs.length - 1) end += runs[++index]?.length ?? 0
    }
    at++
  }
  put(after.length)
  return joined(result)
}
