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

/**
 * The difference between two texts by lines, in UTF-16 units as diff-match-patch sees them. A line keeps its
 * ending ("\n"), so that joining the kept and inserted lines gives the new text exactly.
 */
export function diffLines(before: string, after: string): LineDiffResult {
  const dmp = new DiffMatchPatch()
  dmp.Diff_Timeout = DIFF_TIMEOUT_SEC
  const { chars1, chars2, lineArray } = dmp.diff_linesToChars_(before, after)
  const diffs = dmp.diff_main(chars1, chars2, false)
  const result: LineDiffResult = { diff: [], linesAdded: 0, linesDeleted: 0 }
  for (const [operation, chars] of diffs) {
    const lines = Array.from({ length: chars.length }, (_, i) => lineArray[chars.charCodeAt(i)] ?? '')
    if (operation === DiffMatchPatch.DIFF_EQUAL) result.diff.push(['=', lines.length])
    else if (operation === DiffMatchPatch.DIFF_DELETE) {
      result.diff.push(['-', lines])
      result.linesDeleted += lines.length
    } else {
      result.diff.push(['+', lines])
      result.linesAdded += lines.length
    }
  }
  return result
}
