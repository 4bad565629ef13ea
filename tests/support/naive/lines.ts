import { expect } from 'vitest'
import { diffLines } from '../../../replay/line-diff.js'
import type { Event } from './events.js'

/** By the seq of the snapshot: the lines it added and deleted against the stored one before it. */
export function changedLines(snapshots: readonly Event[]): Map<number, { added: number; deleted: number }> {
  const stored: { source: number; file: string; content: string }[] = []
  const lines = new Map<number, { added: number; deleted: number }>()
  for (const event of snapshots) {
    const file = event.fileId || String(event.data.fileName)
    const ofFile = stored.filter((one) => one.file === file)
    const previous = ofFile.findLast((one) => one.source === event.source) ?? ofFile.at(-1)
    const { content } = event.data
    if (previous?.content === content) continue
    stored.push({ source: event.source, file, content })
    const [old, fresh] = [linesOf(event.data.previousContent ?? previous?.content ?? ''), linesOf(content)]
    const kept = longestCommon(old, fresh)
    lines.set(event.seq, { added: fresh.length - kept, deleted: old.length - kept })
  }
  return lines
}

export const linesOf = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? []

/** How many lines a longest common subsequence has, by the textbook's table. */
export function longestCommon(a: readonly string[], b: readonly string[]): number {
  const table = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0))
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      table[i]![j] =
        a[i] === b[j] ? table[i + 1]![j + 1]! + 1 : Math.max(table[i + 1]![j]!, table[i]![j + 1]!)
  return table[0]![0]!
}

/**
 * Pairs of places of the lines that two texts have in common. Often several diffs are the shortest, as one of two empty
 * lines is deleted, and none of them is righter than another: so this is the one that `diffLines` takes, once the table
 * has proved that it is a shortest one.
 */
export function keptLines(before: string, after: string): [number, number][] {
  const [old, fresh] = [linesOf(before), linesOf(after)]
  const pairs: [number, number][] = []
  let [i, j] = [0, 0]
  for (const [operation, what] of diffLines(before, after).diff) {
    if (operation === '=') for (let k = 0; k < what; k++) pairs.push([i++, j++])
    else if (operation === '-') {
      expect(what).toEqual(old.slice(i, i + what.length))
      i += what.length
    } else {
      expect(what).toEqual(fresh.slice(j, j + what.length))
      j += what.length
    }
  }
  expect([i, j]).toEqual([old.length, fresh.length])
  for (const [k, l] of pairs) expect(old[k]).toBe(fresh[l])
  expect(pairs.length).toBe(longestCommon(old, fresh))
  return pairs
}
