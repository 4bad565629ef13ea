/** An event as it waits to be committed. */
export interface OutboxEntry {
  /** Its source seq. */
  seq: number
  /** JSON of `{ type, data, fileId?, checkpoint? }`. Text, so that a later change of `data` can't reach it. */
  json: string
  /** Server time once `mapped`; before that, in the outbox, the wall clock of the page. Epoch ms in both cases. */
  timestampMs: number
  mapped: boolean
}

/**
 * - memory: uncommitted events live as long as the page
 * - opening: the storage is being opened; events are in memory until then
 * - disk: they outlive the page, but for what was recorded in the last half second
 * - failed: they can't be written; they are in memory, and writing is tried again
 */
export type StorageState = 'memory' | 'opening' | 'disk' | 'failed'

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
  /** The page may be going: whatever is put off is written now, before this returns as far as can be. */
  flush?(): void
  /** Which session the source belongs to, as soon as it is known. */
  belongsTo?(sessionId: string): void
  /**
   * Hands over what earlier lives of this session left, one source after another, each to one page alone; and says
   * which other pages of the session live. Called now and then while the recorder is connected.
   */
  takeOver?(sessionId: string, heirs: Heirs): Promise<void>
  /** The recorder is done with it. */
  close?(): void
}

/** Who takes over what earlier lives left in an outbox [R11]. */
export interface Heirs {
  /** Sends entries under their own source; resolves to whether all of them are committed. */
  send(sourceId: string, entries: readonly OutboxEntry[], outbox: Outbox): Promise<boolean>
  /**
   * Another page of this browser lives, records the same session, and is older than this one. Answers whether that could
   * be recorded; else it is told again.
   */
  sees(sourceId: string): boolean
}

/** Opens the outbox of a source. `told` hears how its storage is. */
export type OpenOutbox = (sourceId: string, told: (state: StorageState) => void) => Outbox

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
