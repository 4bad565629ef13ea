import DiffMatchPatch from 'diff-match-patch'

/** A diff by lines: `=` n lines kept, `-` these lines deleted, `+` these lines inserted, in order. */
export type LineDiff = (['=', number] | ['-', string[]] | ['+', string[]])[]

export interface LineDiffResult {
  diff: LineDiff
  linesAdded: number
  linesDeleted: number
}

/** After so long diff-match-patch settles for a correct diff that is longer than need be. */
const DIFF_TIMEOUT_SEC = 0.5

/** One UTF-16 unit stands for one line. */
const MAX_DIFFERENT_LINES = 0x10000

/**
 * The difference between two texts by lines, in UTF-16 units. A line keeps its ending ("\n"), so that joining
 * the kept and inserted lines gives the new text exactly.
 */
export function diffLines(before: string, after: string): LineDiffResult {
  const [old, fresh] = [linesOf(before), linesOf(after)]
  const result: LineDiffResult = { diff: [], linesAdded: 0, linesDeleted: 0 }
  let [oldAt, freshAt] = [0, 0]
  for (const [operation, chars] of diffByUnits(old, fresh)) {
    const count = chars.length
    if (operation === DiffMatchPatch.DIFF_EQUAL) {
      result.diff.push(['=', count])
      oldAt += count
      freshAt += count
    } else if (operation === DiffMatchPatch.DIFF_DELETE) {
      result.diff.push(['-', old.slice(oldAt, oldAt + count)])
      result.linesDeleted += count
      oldAt += count
    } else {
      result.diff.push(['+', fresh.slice(freshAt, freshAt + count)])
      result.linesAdded += count
      freshAt += count
    }
  }
  return result
}

/** Lines with their endings; behind a last line end there is no empty line. */
function linesOf(text: string): string[] {
  const lines: string[] = []
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf('\n', start) + 1 || text.length
    lines.push(text.slice(start, end))
    start = end
  }
  return lines
}

/**
 * diff-match-patch compares characters, so each different line becomes one. Its own way of doing that keeps the
 * lines as keys of a plain object, where a line `hasOwnProperty` breaks it, and lumps all lines behind the
 * 40,000th together.
 */
function diffByUnits(old: readonly string[], fresh: readonly string[]): [number, string][] {
  const numbers = new Map<string, number>()
  const units = (lines: readonly string[]): string => {
    let text = ''
    for (const line of lines) {
      let number = numbers.get(line)
      if (number === undefined) {
        number = numbers.size
        numbers.set(line, number)
      }
      text += String.fromCharCode(number)
    }
    return text
  }
  // What both begin and end with needs no numbers.
  let start = 0
  while (start < old.length && start < fresh.length && old[start] === fresh[start]) start++
  let same = 0
  const longest = Math.min(old.length, fresh.length) - start
  while (same < longest && old[old.length - 1 - same] === fresh[fresh.length - 1 - same]) same++
  const oldMiddle = units(old.slice(start, old.length - same))
  const freshMiddle = units(fresh.slice(start, fresh.length - same))
  const dmp = new DiffMatchPatch()
  dmp.Diff_Timeout = DIFF_TIMEOUT_SEC
  const middle: [number, string][] =
    numbers.size <= MAX_DIFFERENT_LINES
      ? dmp.diff_main(oldMiddle, freshMiddle, false).map(([operation, text]) => [operation, text])
      : [
          [DiffMatchPatch.DIFF_DELETE, oldMiddle],
          [DiffMatchPatch.DIFF_INSERT, freshMiddle],
        ]
  return [
    [DiffMatchPatch.DIFF_EQUAL, ' '.repeat(start)],
    ...middle,
    [DiffMatchPatch.DIFF_EQUAL, ' '.repeat(same)],
  ].filter((part): part is [number, string] => part[1] !== '')
}
