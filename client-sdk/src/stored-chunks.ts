import type { OutboxEntry } from './outbox.js'

/** Entries that were written at once: one record of IndexedDB, as each record costs the main thread its own time. */
export interface Chunk {
  sourceId: string
  /** Counts the chunks of a source in the order they were written. */
  n: number
  /** The highest seq in it. */
  lastSeq: number
  entries: readonly OutboxEntry[]
}

/** All entries in seq order. Of an entry that was written again the last one counts, unless only an earlier one has its final time. */
export function asEntries(chunks: readonly Pick<Chunk, 'entries'>[]): OutboxEntry[] {
  const bySeq = new Map<number, OutboxEntry>()
  for (const { entries } of chunks) {
    for (const entry of entries)
      if (entry.mapped || !bySeq.get(entry.seq)?.mapped) bySeq.set(entry.seq, entry)
  }
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq)
}
