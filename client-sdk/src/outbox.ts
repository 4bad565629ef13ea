/** An event as it waits to be committed. */
export interface OutboxEntry {
  /** Its source seq. */
  seq: number
  /** JSON of `{ type, data, fileId?, checkpoint? }`. Text, so that a later change of `data` can't reach it. */
  json: string
  /** Server time once `mapped`; before the first connection the page's own clock, epoch ms in both cases. */
  timestampMs: number
  mapped: boolean
}

/**
 * Keeps what one source has recorded until it is committed, beyond the life of the page where it can. The
 * recorder sends from its own memory and never waits for the outbox: it is written beside, in seq order, never
 * from inside `record()`, and read only to take over what an earlier life left behind.
 *
 * Every call may return before it is done; calls take effect in the order they were made. A rejection is
 * reported as status error OUTBOX_FAILED and stops nothing.
 */
export interface Outbox {
  /** Keeps entries, consecutive or later than all before. An entry whose seq is kept already replaces it. */
  append(entries: readonly OutboxEntry[]): Promise<void> | void
  /** Up to `limit` entries from `fromSeq` on, in seq order. */
  read(fromSeq: number, limit: number): Promise<readonly OutboxEntry[]> | readonly OutboxEntry[]
  /** Everything up to `seq` is committed and need not be kept any longer. */
  forgetThrough(seq: number): Promise<void> | void
}

/** An outbox that lives as long as the page or process. */
export function memoryOutbox(): Outbox {
  // A Map keeps the order of first insertion, which is the order of seqs.
  const entries = new Map<number, OutboxEntry>()
  return {
    append: (added) => {
      for (const entry of added) entries.set(entry.seq, entry)
    },
    read: (fromSeq, limit) => [...entries.values()].filter((entry) => entry.seq >= fromSeq).slice(0, limit),
    forgetThrough: (seq) => {
      for (const key of entries.keys()) {
        if (key > seq) break
        entries.delete(key)
      }
    },
  }
}

/** Everything an outbox holds, for `createRecorder({ restored })` or for an export. */
export async function readAll(outbox: Outbox): Promise<OutboxEntry[]> {
  const all: OutboxEntry[] = []
  for (;;) {
    const page = await outbox.read((all.at(-1)?.seq ?? 0) + 1, PAGE_ENTRIES)
    all.push(...page)
    if (page.length < PAGE_ENTRIES) return all
  }
}

const PAGE_ENTRIES = 5000
