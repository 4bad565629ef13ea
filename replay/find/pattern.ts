/** A text to look for. Offsets and lengths are in UTF-16 units. */
export interface Pattern {
  /** How long a match is. */
  readonly length: number
  /** Where the first match at or behind `from` begins; -1 without one. */
  indexIn(text: string, from?: number): number
  countIn(text: string): number
}

const isExact = (wanted: string): boolean => wanted !== wanted.toLowerCase()

/** Matches `wanted` as it stands, in any case unless it has a capital letter itself. */
export const matcherOf = (wanted: string): RegExp =>
  new RegExp(wanted.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'), isExact(wanted) ? 'g' : 'gi')

export function patternOf(wanted: string): Pattern {
  const exact = isExact(wanted)
  const matcher = matcherOf(wanted)
  const indexIn = (text: string, from = 0): number => {
    if (exact) return text.indexOf(wanted, from)
    matcher.lastIndex = from
    return matcher.exec(text)?.index ?? -1
  }
  return {
    length: wanted.length,
    indexIn,
    countIn(text) {
      let count = 0
      for (let at = indexIn(text); at >= 0; at = indexIn(text, at + 1)) count++
      return count
    },
  }
}
