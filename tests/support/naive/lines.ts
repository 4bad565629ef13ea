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
    const kept = longestCommon(old, fresh).length
    lines.set(event.seq, { added: fresh.length - kept, deleted: old.length - kept })
  }
  return lines
}

export const linesOf = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? []

/** Pairs of places of a longest common subsequence, by the textbook's table. */
export function longestCommon(a: readonly string[], b: readonly string[]): [number, number][] {
  let head = 0
  while (head < a.length && head < b.length && a[head] === b[head]) head++
  let tail = 0
  while (tail < Math.min(a.length, b.length) - head && a.at(-1 - tail) === b.at(-1 - tail)) tail++
  const [n, m] = [a.length - head - tail, b.length - head - tail]
  const table = Array.from({ length: n + 1 }, () => new Array<number>(m + 1).fill(0))
  for (let i = n - 1; i >= 0; i--)
    for (let j = m - 1; j >= 0; j--)
      table[i]![j] =
        a[head + i] === b[head + j]
          ? table[i + 1]![j + 1]! + 1
          : Math.max(table[i + 1]![j]!, table[i]![j + 1]!)
  const pairs: [number, number][] = []
  for (let i = 0; i < head; i++) pairs.push([i, i])
  for (let i = 0, j = 0; i < n && j < m; ) {
    if (a[head + i] === b[head + j]) pairs.push([head + i++, head + j++])
    else if (table[i + 1]![j]! >= table[i]![j + 1]!) i++
    else j++
  }
  for (let i = tail; i > 0; i--) pairs.push([a.length - i, b.length - i])
  return pairs
}
