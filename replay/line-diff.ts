import DiffMatchPatch from 'diff-match-patch'
import { diffSequences, type SequenceDiff } from './sequence-diff.js'

/** A diff by lines: `=` n lines kept, `-` these lines deleted, `+` these lines inserted, in order. */
export type LineDiff = (['=', number] | ['-', string[]] | ['+', string[]])[]

export interface LineDiffResult {
  diff: LineDiff
  linesAdded: number
  linesDeleted: number
}

/**
 * So many lines, old and new together, are diff-match-patch's: it can then be left to finish, whatever they hold. It can
 * only be bounded by time, so more than these are compared by steps.
 */
const MAX_UNBOUNDED_LINES = 1_000

/** What a larger diff may cost: in proportion to its texts, whatever they hold. */
const STEPS = 100_000
const STEPS_PER_UNIT = 4
const maxSteps = (units: number): number => STEPS + STEPS_PER_UNIT * units

/**
 * The difference between two texts by lines, in UTF-16 units. A line keeps its ending ("\n"), so that joining
 * the kept and inserted lines gives the new text exactly.
 */
export function diffLines(before: string, after: string): LineDiffResult {
  const result: LineDiffResult = { diff: [], linesAdded: 0, linesDeleted: 0 }
  // Most snapshots change a few lines: what is the same around them is not cut into lines at all.
  const head = sameLinesAtStart(before, after)
  const tail = sameLinesAtEnd(before, after, head)
  const old = linesOf(before.slice(head, before.length - tail))
  const fresh = linesOf(after.slice(head, after.length - tail))
  const numberOf = numbering()
  keep(result.diff, lineCount(before, 0, head))
  let [oldAt, freshAt] = [0, 0]
  const [oldNumbers, freshNumbers] = [old.map(numberOf), fresh.map(numberOf)]
  const runs =
    old.length + fresh.length <= MAX_UNBOUNDED_LINES
      ? shortestDiff(oldNumbers, freshNumbers)
      : diffSequences(oldNumbers, freshNumbers, maxSteps(before.length + after.length))
  for (const [operation, count] of runs) {
    if (operation === '=') {
      keep(result.diff, count)
      oldAt += count
      freshAt += count
    } else if (operation === '-') {
      result.diff.push(['-', old.slice(oldAt, oldAt + count)])
      result.linesDeleted += count
      oldAt += count
    } else {
      result.diff.push(['+', fresh.slice(freshAt, freshAt + count)])
      result.linesAdded += count
      freshAt += count
    }
  }
  keep(result.diff, lineCount(before, before.length - tail, before.length))
  return result
}

/** One UTF-16 unit stands for one line; MAX_UNBOUNDED_LINES keeps all of them below the surrogates. */
function shortestDiff(before: readonly number[], after: readonly number[]): SequenceDiff {
  const text = (lines: readonly number[]) => String.fromCharCode(...lines)
  return DIFF.diff_main(text(before), text(after), false).map(([operation, units]) => [
    operation === 0 ? '=' : operation < 0 ? '-' : '+',
    units.length,
  ])
}

const DIFF = new DiffMatchPatch()
// No deadline: with one, a busy machine would count other lines than an idle one.
DIFF.Diff_Timeout = 0

function keep(diff: LineDiff, count: number): void {
  const last = diff.at(-1)
  if (count === 0) return
  if (last?.[0] === '=') last[1] += count
  else diff.push(['=', count])
}

/** How many units of equal whole lines two texts begin with. */
function sameLinesAtStart(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length)
  let at = 0
  while (at < shorter && a.charCodeAt(at) === b.charCodeAt(at)) at++
  if (at === a.length && at === b.length) return at
  return at === 0 ? 0 : a.lastIndexOf('\n', at - 1) + 1
}

/** How many units of equal whole lines two texts end with, behind the first `head`. */
function sameLinesAtEnd(a: string, b: string, head: number): number {
  const most = Math.min(a.length, b.length) - head
  let count = 0
  while (count < most && a.charCodeAt(a.length - 1 - count) === b.charCodeAt(b.length - 1 - count)) count++
  const startsLine = (text: string): boolean =>
    text.length - count === head || text[text.length - count - 1] === '\n'
  if (startsLine(a) && startsLine(b)) return count
  const end = a.indexOf('\n', a.length - count) + 1
  return end === 0 ? 0 : a.length - end
}

/** How many lines begin between two places of a text, the first of which begins one. */
function lineCount(text: string, from: number, to: number): number {
  let count = 0
  for (let at = from; at < to; count++) at = text.indexOf('\n', at) + 1 || text.length
  return count
}

/** Lines with their endings; behind a last line end there is no empty line. */
export function linesOf(text: string): string[] {
  const lines: string[] = []
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf('\n', start) + 1 || text.length
    lines.push(text.slice(start, end))
    start = end
  }
  return lines
}

/** Equal lines get equal numbers. */
export function numbering(): (line: string) => number {
  const numbers = new Map<string, number>()
  return (line) => {
    const known = numbers.get(line)
    if (known !== undefined) return known
    numbers.set(line, numbers.size)
    return numbers.size - 1
  }
}
