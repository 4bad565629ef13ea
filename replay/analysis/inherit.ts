import { diffLines } from '../line-diff.js'
import { joined, type Run, RunReader } from './origins.js'
import { respacedRuns, squeezed } from './respaced.js'

/** The same for what a program made of a text: where it set other white space alone, all keeps its origin. */
export function keptRuns(
  before: string,
  runs: readonly Run[],
  after: string,
  fresh: (length: number) => Run,
): Run[] {
  const words = squeezed(after)
  return words !== '' && words === squeezed(before)
    ? respacedRuns(before, runs, after)
    : inheritedRuns(before, runs, after, fresh)
}

/**
 * Where the characters of a text came from that took the place of another without an edit: lines that stand in
 * both keep their origin, and of a changed run of lines so do its first and last characters that are the same.
 * The rest is `fresh`.
 */
export function inheritedRuns(
  before: string,
  runs: readonly Run[],
  after: string,
  fresh: (length: number) => Run,
): Run[] {
  const old = new RunReader(runs)
  const result: Run[] = []
  const { diff } = diffLines(before, after)
  diff.forEach(([operation, what], i) => {
    if (operation === '=') old.take(endOfLines(before, old.at, what) - old.at, result)
    else if (operation === '-') {
      // What replaces it follows at once, or nothing does.
      if (diff[i + 1]?.[0] !== '+') old.take(what.join('').length, null)
    } else {
      const last = diff[i - 1]
      const removed = last?.[0] === '-' ? last[1].join('') : ''
      const inserted = what.join('')
      const [head, tail] = sameEnds(removed, inserted)
      old.take(head, result)
      old.take(removed.length - head - tail, null)
      result.push(fresh(inserted.length - head - tail))
      old.take(tail, result)
    }
  })
  return joined(result)
}

function endOfLines(text: string, from: number, lines: number): number {
  let end = from
  for (let i = 0; i < lines; i++) end = text.indexOf('\n', end) + 1 || text.length
  return end
}

/** How many characters two texts have in common at their beginnings, and at their ends behind those. */
function sameEnds(a: string, b: string): [head: number, tail: number] {
  const shorter = Math.min(a.length, b.length)
  let head = 0
  while (head < shorter && a.charCodeAt(head) === b.charCodeAt(head)) head++
  let tail = 0
  while (tail < shorter - head && a.charCodeAt(a.length - 1 - tail) === b.charCodeAt(b.length - 1 - tail))
    tail++
  return [head, tail]
}
