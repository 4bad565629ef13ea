/** A longer line is cut for display: no screen shows it, and no editor lays it out in a frame. */
export const MAX_LINE_CHARS = 10_000

/** A text as the editor holds it. All offsets are in UTF-16 units. */
export interface ShownText {
  readonly text: string
  /** Where lines were cut in the shown text, ascending, and how much of each is left out. */
  readonly cuts: readonly { readonly at: number; readonly leftOutChars: number }[]
  /** Where an offset of the whole text lies in the shown one. */
  placeOf(offset: number): number
}

/** The text with every line cut at MAX_LINE_CHARS. */
export function shownText(text: string): ShownText {
  if (text.length <= MAX_LINE_CHARS) return { text, cuts: [], placeOf: (offset) => offset }
  const pieces: string[] = []
  const cuts: { at: number; leftOutChars: number; from: number }[] = []
  let keptFrom = 0
  let shownLength = 0
  for (let lineStart = 0; lineStart <= text.length; ) {
    const found = text.indexOf('\n', lineStart)
    const lineEnd = found < 0 ? text.length : found
    if (lineEnd - lineStart > MAX_LINE_CHARS) {
      const from = lineStart + MAX_LINE_CHARS
      pieces.push(text.slice(keptFrom, from))
      shownLength += from - keptFrom
      cuts.push({ at: shownLength, leftOutChars: lineEnd - from, from })
      keptFrom = lineEnd
    }
    lineStart = lineEnd + 1
  }
  if (cuts.length === 0) return { text, cuts: [], placeOf: (offset) => offset }
  pieces.push(text.slice(keptFrom))
  const placeOf = (offset: number): number => {
    let place = offset
    for (const { from, leftOutChars } of cuts) {
      if (offset <= from) break
      place -= Math.min(leftOutChars, offset - from)
    }
    return place
  }
  return { text: pieces.join(''), cuts, placeOf }
}
