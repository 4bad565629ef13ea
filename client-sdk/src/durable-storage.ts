import { forgetLastWords, lastWords, leaveLastWords } from './last-words.js'
import type { Outbox, OutboxEntry, StorageState } from './outbox.js'
import { asEntries, type Chunk } from './stored-chunks.js'

/** A page load, as it stands in the database for as long as something of it may be there. */
export interface SourceRow {
  sourceId: string
  /** Null until it is known. */
  sessionId: string | null
  tabId: string | null
  createdAtMs: number
  /** When its page was last heard of, as long as its session is not known. */
  aliveAtMs?: number
}

const SOURCES = 'sources'
const CHUNKS = 'chunks'
/** So long entries are gathered: with the time that a transaction takes, less than the half second that is promised. */
const GATHER_MS = 200
const RETRY_MS = 3_000
/**
 * Most transactions end with the data in the hands of the operating system, which keeps it whatever becomes of the browser; every
 * now and then one waits for the disk. To wait each time took three times as long at its worst.
 */
const STRICT_EVERY_MS = 10_000
/** What a page that was offline has to say of its times comes at once; each transaction copies what it is given. */
const MAX_CHUNK_ENTRIES = 1_000
/** Some browsers never answer when their profile is damaged. */
const OPEN_TIMEOUT_MS = 10_000

/** Rejects where there is no IndexedDB, or none that works. */
export function openDatabase(name: string, onClosed: () => void): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1)
    setTimeout(() => reject(new Error('IndexedDB does not answer.')), OPEN_TIMEOUT_MS)
    request.onupgradeneeded = () => {
      request.result.createObjectStore(SOURCES, { keyPath: 'sourceId' })
      request.result.createObjectStore(CHUNKS, { keyPath: ['sourceId', 'n'] })
    }
    request.onsuccess = () => {
      const database = request.result
      // Another page wants it deleted, or with a later version's tables: it must not wait for this one.
      database.onversionchange = () => {
        database.close()
        onClosed()
      }
      database.onclose = onClosed
      resolve(database)
    }
    request.onerror = request.onblocked = () => reject(request.error)
  })
}

/** What is kept of one source. Written in batches, each in a transaction, one at a time. */
export class StoredSource implements Outbox {
  #database: IDBDatabase | null = null
  #row: SourceRow | null = null
  #isRowNew = false
  #pending: OutboxEntry[] = []
  /** The chunks that are in the database and not all committed. */
  #chunks: Chunk[] = []
  #lastN = 0
  #committedSeq = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #isWriting = false
  /** Under way to the disk. */
  #writing: readonly OutboxEntry[] = []
  #strictAtMs = 0
  #hasLastWords = false
  /** `write` was called meanwhile. */
  #isAskedAgain = false
  #onWritten: (() => void)[] = []

  constructor(
    readonly sourceId: string,
    readonly told: (state: StorageState) => void,
  ) {}

  /** A database to write to, again where the last one was closed. `chunks`: what is in it already. */
  attach(database: IDBDatabase, chunks: readonly Chunk[] = []): void {
    // Where the last one was deleted, by somebody who clears the browser's storage, say, this one has nothing of it.
    const written = this.#database ? this.#chunks.flatMap(({ entries }) => entries) : []
    this.#pending = [...written.filter(({ seq }) => seq > this.#committedSeq), ...this.#pending]
    this.#database = database
    if (chunks.length > 0) this.#chunks = [...chunks]
    this.#lastN = Math.max(this.#lastN, ...chunks.map(({ n }) => n))
    this.#isRowNew = this.#row !== null
    this.write()
  }

  describe(row: SourceRow): void {
    this.#row = row
    this.#isRowNew = true
    this.write()
  }

  append(entries: readonly OutboxEntry[]): void {
    for (const entry of entries) this.#pending.push(entry)
    // A hidden page may be gone without another word, and its timers are held back.
    if (globalThis.document?.visibilityState === 'hidden') this.write()
    else this.#writeIn(GATHER_MS)
  }

  forgetThrough(seq: number): void {
    this.#committedSeq = seq
    this.#pending = this.#pending.filter((entry) => entry.seq > seq)
    if (this.#pending.length === 0 && this.#writing.length === 0) this.#forgetLastWords()
    this.#writeIn(GATHER_MS)
  }

  #forgetLastWords(): void {
    if (!this.#hasLastWords) return
    this.#hasLastWords = false
    forgetLastWords(this.sourceId)
  }

  /** The page may be going. */
  flush(): void {
    if (this.#row?.sessionId === null) this.#isRowNew = true
    this.write()
    const unsafe = [...this.#writing, ...this.#pending]
    if (unsafe.length === 0) this.#forgetLastWords()
    if (unsafe.length === 0 || this.#row === null) return
    leaveLastWords(aliveNow(this.#row), unsafe)
    this.#hasLastWords = true
  }

  async read(fromSeq: number, limit: number): Promise<OutboxEntry[]> {
    const database = this.#database
    const chunks = database ? await StoredSource.chunksOf(database, this.sourceId) : []
    const pending = { sourceId: this.sourceId, n: 0, lastSeq: 0, entries: this.#pending }
    const leastSeq = Math.max(fromSeq, this.#committedSeq + 1)
    return asEntries([...chunks, pending])
      .filter((entry) => entry.seq >= leastSeq)
      .slice(0, limit)
  }

  whenWritten(run: () => void): void {
    this.#onWritten.push(run)
    this.write()
  }

  /** Writes what waits. While a transaction is under way, right after it. */
  write(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#isAskedAgain = this.#isWriting
    if (this.#isWriting) return
    const gone = this.#chunks.filter(({ lastSeq }) => lastSeq <= this.#committedSeq)
    const hasWork = this.#pending.length > 0 || gone.length > 0 || this.#isRowNew
    if (this.#database === null || !hasWork) {
      for (const run of this.#onWritten.splice(0)) run()
      return
    }
    const entries = this.#pending.splice(0, MAX_CHUNK_ENTRIES)
    this.#isAskedAgain = this.#pending.length > 0
    try {
      this.#isWriting = true
      this.#transact(this.#database, entries, gone)
    } catch {
      this.#failed(entries)
    }
  }

  #transact(database: IDBDatabase, entries: OutboxEntry[], gone: readonly Chunk[]): void {
    const { sourceId } = this
    const chunk = { sourceId, n: this.#lastN + 1, lastSeq: lastSeqOf(entries), entries }
    const row = this.#row && aliveNow(this.#row)
    const isRowWritten = this.#isRowNew || row?.sessionId === null
    const isStrict = Date.now() > this.#strictAtMs + STRICT_EVERY_MS
    if (isStrict) this.#strictAtMs = Date.now()
    const durability = isStrict ? 'strict' : 'relaxed'
    const transaction = database.transaction([SOURCES, CHUNKS], 'readwrite', { durability })
    this.#writing = entries
    transaction.oncomplete = () => {
      this.#writing = []
      if (this.#pending.length === 0) this.#forgetLastWords()
      if (entries.length > 0) {
        this.#lastN = chunk.n
        this.#chunks.push(chunk)
      }
      this.#chunks = this.#chunks.filter((one) => !gone.includes(one))
      this.#isWriting = false
      this.told('disk')
      if (this.#isAskedAgain) this.write()
      else this.#writeIn(GATHER_MS)
    }
    // An error ends in an abort, and a full disk in an abort alone.
    transaction.onabort = () => {
      if (isRowWritten) this.#isRowNew = true
      this.#failed(entries)
    }
    try {
      const chunks = transaction.objectStore(CHUNKS)
      if (entries.length > 0) chunks.put(chunk)
      for (const { n } of gone) chunks.delete([sourceId, n])
      if (isRowWritten) transaction.objectStore(SOURCES).put(row)
      this.#isRowNew = false
      // Not left to the engine: a page that is going has no later moment.
      transaction.commit()
    } catch {
      // Left alone it would complete, without what was refused.
      transaction.abort()
    }
  }

  #failed(entries: OutboxEntry[]): void {
    this.#writing = []
    this.#pending.unshift(...entries.filter(({ seq }) => seq > this.#committedSeq))
    this.#isWriting = false
    this.told('failed')
    this.#writeIn(RETRY_MS)
  }

  #writeIn(delayMs: number): void {
    if (this.#isWriting) return
    this.#timer ??= setTimeout(() => this.write(), delayMs)
  }

  static async list(database: IDBDatabase): Promise<SourceRow[]> {
    const rows: SourceRow[] = await answerOf(database.transaction(SOURCES).objectStore(SOURCES).getAll())
    const known = new Set(rows.map(({ sourceId }) => sourceId))
    return [...rows, ...lastWords().flatMap(({ row }) => (known.has(row.sourceId) ? [] : [row]))]
  }

  static async chunksOf(database: IDBDatabase, sourceId: string): Promise<Chunk[]> {
    const inStore = database.transaction(CHUNKS).objectStore(CHUNKS)
    const chunks: Chunk[] = await answerOf(inStore.getAll(rangeOf(sourceId)))
    const last = lastWords(sourceId).map(({ entries }) => ({
      sourceId,
      n: 0,
      lastSeq: lastSeqOf(entries),
      entries,
    }))
    return [...chunks, ...last]
  }

  static async remove(database: IDBDatabase, sourceId: string): Promise<void> {
    forgetLastWords(sourceId)
    const transaction = database.transaction([SOURCES, CHUNKS], 'readwrite')
    transaction.objectStore(CHUNKS).delete(rangeOf(sourceId))
    await answerOf(transaction.objectStore(SOURCES).delete(sourceId))
  }
}

const aliveNow = (row: SourceRow): SourceRow =>
  row.sessionId === null ? { ...row, aliveAtMs: Date.now() } : row

const lastSeqOf = (entries: readonly OutboxEntry[]): number =>
  entries.reduce((last, { seq }) => Math.max(last, seq), 0)

const rangeOf = (sourceId: string) => IDBKeyRange.bound([sourceId], [sourceId, []])

const answerOf = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
