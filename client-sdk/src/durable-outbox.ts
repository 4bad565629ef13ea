import { openDatabase, type SourceRow, StoredSource } from './durable-storage.js'
import type { Heirs, OpenOutbox, Outbox, OutboxEntry, StorageState } from './outbox.js'
import { asEntries } from './stored-chunks.js'

export interface DurableOutboxOptions {
  /** Name of the IndexedDB database. Default: `interviewlm-recorder`. */
  name?: string
}

/**
 * An outbox in the browser's IndexedDB: what was recorded outlives the page and the browser, but for the last half second,
 * and a loss of power, but for the last ten. Where IndexedDB is missing or fails, recording goes on from memory and the status says so.
 *
 *     createRecorder({ url, token, outbox: durableOutbox() })
 */
export const durableOutbox =
  ({ name = DEFAULT_NAME }: DurableOutboxOptions = {}): OpenOutbox =>
  (sourceId, told) =>
    new DurableOutbox(name, sourceId, told)

const DEFAULT_NAME = 'interviewlm-recorder'
const OPEN_AGAIN_MS = 10_000
/** What nobody came back for is removed: it is what a candidate typed, on a computer that may be anybody's. */
const MOST_AGE_MS = 30 * 24 * 60 * 60 * 1000

const SAME_TAB_MS = 10 * 60 * 1000

/** Recorders of this very page: another one beside them, or after them, is no other tab. */
const ofThisPage = new Set<string>()

class DurableOutbox implements Outbox {
  readonly #source: StoredSource
  readonly #createdAtMs = Date.now()
  #database: Promise<IDBDatabase> | null = null
  #sessionId: string | null = null
  #locked: Promise<void> | null = null
  #releaseLock: () => void = () => {}
  #isClosed = false
  /** Pages that were seen alive at the last look, and those that were told of. */
  #seen = new Set<string>()
  #told = new Set<string>()

  constructor(
    readonly name: string,
    readonly sourceId: string,
    readonly told: (state: StorageState) => void,
  ) {
    ofThisPage.add(sourceId)
    this.#source = new StoredSource(sourceId, told)
    this.#describe()
    void this.#open()
  }

  append(entries: readonly OutboxEntry[]): void {
    this.#source.append(entries)
  }

  forgetThrough(seq: number): void {
    this.#source.forgetThrough(seq)
  }

  flush(): void {
    this.#source.flush()
  }

  read(fromSeq: number, limit: number): Promise<OutboxEntry[]> {
    return this.#source.read(fromSeq, limit)
  }

  belongsTo(sessionId: string): void {
    this.#sessionId = sessionId
    this.#describe()
  }

  close(): void {
    this.#isClosed = true
    this.#source.whenWritten(() => this.#releaseLock())
  }

  /** Without Web Locks (pages over plain http) nobody can tell whether a page lives, and nothing is taken over. */
  async takeOver(sessionId: string, heirs: Heirs): Promise<void> {
    const database = await this.#database
    if (!database || !globalThis.navigator?.locks) return
    const rows = await StoredSource.list(database)
    const ours = rows.filter((row) => this.#isOurs(row, sessionId))
    await this.#look(ours, heirs)
    for (const row of rows) {
      const isOld = row.createdAtMs < Date.now() - MOST_AGE_MS
      if (row.sourceId === this.sourceId || (!isOld && !ours.includes(row))) continue
      // The first lock keeps other heirs away, so that the second one can be held by nobody but a living page.
      await ifFree(heirLock(row), () =>
        ifFree(pageLock(row), () => this.#inherit(database, row, ours.includes(row), heirs)),
      )
    }
  }

  #isOurs(row: SourceRow, sessionId: string): boolean {
    if (row.sourceId === this.sourceId) return false
    if (row.sessionId !== null) return row.sessionId === sessionId
    // It was gone before it knew its session: the same tab a moment later, hardly anybody else's.
    const isRecent = Date.now() - (row.aliveAtMs ?? row.createdAtMs) < SAME_TAB_MS
    return isRecent && row.tabId !== null && row.tabId === tabId()
  }

  /** A page that is being left holds its lock for a moment more: only who is seen twice lives. */
  async #look(rows: readonly SourceRow[], heirs: Heirs): Promise<void> {
    const { held = [] } = await navigator.locks.query()
    const names = new Set(held.map((lock) => lock.name))
    const seen = new Set<string>()
    for (const row of rows) {
      if (!names.has(pageLock(row)) || names.has(heirLock(row))) continue
      const { sourceId, createdAtMs } = row
      if (ofThisPage.has(sourceId)) continue
      seen.add(sourceId)
      // Of two pages the younger one tells.
      const isOlder =
        createdAtMs < this.#createdAtMs || (createdAtMs === this.#createdAtMs && sourceId < this.sourceId)
      if (!isOlder || !this.#seen.has(sourceId) || this.#told.has(sourceId)) continue
      if (heirs.sees(sourceId)) this.#told.add(sourceId)
    }
    this.#seen = seen
  }

  async #inherit(database: IDBDatabase, row: SourceRow, isOurs: boolean, heirs: Heirs): Promise<void> {
    const chunks = await StoredSource.chunksOf(database, row.sourceId)
    const entries = asEntries(chunks)
    let isDone = true
    if (isOurs && entries.length > 0) {
      const source = new StoredSource(row.sourceId, () => {})
      source.attach(database, chunks)
      isDone = await heirs.send(row.sourceId, entries, source)
    }
    if (isDone) await StoredSource.remove(database, row.sourceId)
  }

  async #open(): Promise<void> {
    try {
      // The lock first: a source that can be seen and whose lock is free has no page any more.
      this.#locked ??= this.#lock()
      await this.#locked
      this.#database = openDatabase(this.name, () => this.#reopen())
      this.#source.attach(await this.#database)
    } catch {
      this.#database = null
      this.told('failed')
      this.#reopen()
    }
  }

  #reopen(): void {
    if (this.#isClosed || typeof indexedDB === 'undefined') return
    setTimeout(() => void this.#open(), OPEN_AGAIN_MS)
  }

  #lock(): Promise<void> {
    return new Promise((resolve) => {
      if (!globalThis.navigator?.locks) resolve()
      else
        navigator.locks
          .request(pageLock(this), () => {
            resolve()
            return new Promise<void>((release) => {
              this.#releaseLock = release
            })
          })
          .catch(() => resolve())
    })
  }

  #describe(): void {
    const { sourceId } = this
    this.#source.describe({
      sourceId,
      sessionId: this.#sessionId,
      tabId: tabId(),
      createdAtMs: this.#createdAtMs,
    })
  }
}

type Named = Pick<SourceRow, 'sourceId'>
const pageLock = ({ sourceId }: Named) => `interviewlm-recorder page ${sourceId}`
const heirLock = ({ sourceId }: Named) => `interviewlm-recorder heir ${sourceId}`

/** Runs under a lock, unless somebody holds it. */
const ifFree = (name: string, run: () => Promise<void>): Promise<void> =>
  navigator.locks.request(name, { ifAvailable: true }, (lock) => (lock ? run() : undefined))

/**
 * The same for all loads of a page in one tab. By it a page finds what the load before it left when that one was gone
 * before it knew its session. Null where the storage is closed to this page.
 */
function tabId(): string | null {
  const key = 'interviewlm-recorder-tab'
  try {
    const id = sessionStorage.getItem(key) ?? crypto.randomUUID()
    sessionStorage.setItem(key, id)
    return id
  } catch {
    return null
  }
}

/** What an earlier page load left behind and nobody could send, for instance since its session is closed for good. */
export interface Leftover {
  sourceId: string
  sessionId: string | null
  createdAtMs: number
  entries: OutboxEntry[]
}

/** Everything that is kept in this browser, of living pages too, so that a page can offer it as a file. */
export async function exportOutboxes({
  name = DEFAULT_NAME,
}: DurableOutboxOptions = {}): Promise<Leftover[]> {
  const database = await openDatabase(name, () => {})
  try {
    const rows = await StoredSource.list(database)
    const chunks = await Promise.all(rows.map(({ sourceId }) => StoredSource.chunksOf(database, sourceId)))
    return rows.map(({ sourceId, sessionId, createdAtMs }, i) => {
      return { sourceId, sessionId, createdAtMs, entries: asEntries(chunks[i] ?? []) }
    })
  } finally {
    database.close()
  }
}
