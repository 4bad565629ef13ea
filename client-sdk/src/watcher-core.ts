import type { RecordedEvent } from '../../protocol/events.js'
import type { LiveEvents, Presence } from '../../protocol/socket-events.js'
import { type Backoff, backoffMs } from './backoff.js'
import { Deadline } from './deadline.js'
import { LiveQueue } from './live-queue.js'

export type WatchEffect =
  | { do: 'watch' }
  | { do: 'fetch'; id: number; afterSeq: number }
  /** Events with consecutive seqs, the first one behind the last one delivered. */
  | { do: 'deliver'; events: RecordedEvent[] }
  | { do: 'reset'; keptThroughSeq: number }

/**
 * - away: no connection
 * - joining: connected; the answer to `watch` will say the epoch and how far the session is
 * - following: in the session's room
 * - over: for good
 */
export type WatchState = 'away' | 'joining' | 'following' | 'over'
export type WatchInput = 'up' | 'down' | 'watched' | 'rejoin' | 'ended'

export const NEXT_WATCH: Record<WatchState, Record<WatchInput, WatchState>> = {
  away: { up: 'joining', down: 'away', watched: 'away', rejoin: 'away', ended: 'over' },
  joining: { up: 'joining', down: 'away', watched: 'following', rejoin: 'joining', ended: 'over' },
  following: { up: 'joining', down: 'away', watched: 'following', rejoin: 'joining', ended: 'over' },
  over: { up: 'over', down: 'over', watched: 'over', rejoin: 'over', ended: 'over' },
}

export interface WatchHeads {
  epoch: number
  headSeq: number
  committedSeq: number
}

/**
 * The watcher without its socket, HTTP and timers. Live batches are a fast path; whatever is missing is read from
 * the log over HTTP [I4].
 *
 * INVARIANT: what is delivered is consecutive, and after a change of epoch begins again behind the highest seq
 * that was known to be committed: only that is the same in both epochs [R3].
 */
export class WatcherCore {
  state: WatchState = 'away'
  epoch: number | null = null
  /** Delivered up to here. */
  lastSeq: number
  /** The session is known to have events up to here. */
  headSeq = 0
  committedSeq = 0

  readonly #queue = new LiveQueue()
  readonly #deadline = new Deadline()
  #effects: WatchEffect[] = []
  #isWatchAsked = false
  #watchAtMs = 0
  #watchFailures = 0
  #heardAtMs = 0
  #fetch: number | null = null
  #fetches = 0
  #fetchAtMs = 0
  #fetchFailures = 0
  /** More is in the log than live batches will bring: read on at once. */
  #isBehind = false
  #holeSinceMs: number | null = null
  /** Where it begins is not known yet: nothing is delivered or read. */
  #isBeginning: boolean

  /** @param afterSeq null: {@link begin} will tell */
  constructor(
    afterSeq: number | null,
    readonly random: () => number,
  ) {
    this.lastSeq = afterSeq ?? 0
    this.#isBeginning = afterSeq === null
  }

  get wakeAtMs(): number {
    return this.#deadline.atMs
  }

  get isCaughtUp(): boolean {
    const isWatching = this.state === 'following' && !this.#isBeginning
    return isWatching && !this.#isBehind && this.lastSeq >= this.headSeq
  }

  // ---- inputs

  /** Delivers what comes behind this seq, which is committed. */
  begin(afterSeq: number): void {
    this.#isBeginning = false
    this.lastSeq = afterSeq
    this.#hear({ headSeq: afterSeq, committedSeq: afterSeq })
    if (this.state !== 'following') return
    this.#deliverQueued()
    this.#isBehind = this.lastSeq < this.headSeq
  }

  up(): void {
    this.#isWatchAsked = false
    this.#watchAtMs = 0
    this.#move('up')
  }

  down(): void {
    this.#move('down')
  }

  end(): void {
    this.#move('ended')
  }

  watched(nowMs: number, heads: WatchHeads): void {
    if (this.state !== 'joining') return
    this.#isWatchAsked = false
    this.#watchFailures = 0
    this.#heardAtMs = nowMs
    this.#move('watched')
    if (this.epoch !== heads.epoch) this.#enterEpoch(heads)
    this.epoch = heads.epoch
    this.#hear(heads)
    this.headSeq = Math.max(this.headSeq, this.#queue.keepEpoch(heads.epoch))
    this.#deliverQueued()
    this.#isBehind = this.lastSeq < this.headSeq
  }

  /** The watch was refused, not for good. */
  notWatched(nowMs: number): void {
    this.#isWatchAsked = false
    this.#watchAtMs = nowMs + backoffMs(RETRY_BACKOFF, ++this.#watchFailures, this.random)
  }

  live(nowMs: number, live: LiveEvents): void {
    if (live.epoch !== this.epoch) this.#askAboutNewer(nowMs, live.epoch)
    // While joining, the answer to the watch decides which epoch counts.
    if (this.state === 'joining') this.#queue.add(live)
    if (this.state !== 'following' || live.epoch !== this.epoch) return
    this.headSeq = Math.max(this.headSeq, live.firstSeq + live.events.length - 1)
    this.#queue.add(live)
    this.#deliverQueued()
  }

  presence(nowMs: number, presence: Presence): void {
    if (presence.epoch !== this.epoch) this.#askAboutNewer(nowMs, presence.epoch)
    if (this.state !== 'following' || presence.epoch !== this.epoch) return
    this.#heardAtMs = nowMs
    this.#hear(presence)
  }

  page(
    nowMs: number,
    id: number,
    page: { epoch: number; events: RecordedEvent[]; nextAfterSeq: number | null },
  ) {
    if (this.#fetch !== id) return
    this.#fetch = null
    if (page.epoch !== this.epoch) {
      this.#askAboutNewer(nowMs, page.epoch)
      this.#fetchLater(nowMs)
      return
    }
    const fromSeq = this.lastSeq
    const events = page.events.filter((event) => event.seq > fromSeq)
    const hole = events.findIndex((event, i) => event.seq !== fromSeq + 1 + i)
    this.#deliver(hole === -1 ? events : events.slice(0, hole))
    this.#deliverQueued()
    this.#isBehind =
      this.lastSeq < this.headSeq || (page.nextAfterSeq !== null && page.nextAfterSeq >= this.lastSeq)
    if (this.lastSeq > fromSeq) this.#fetchFailures = 0
    else if (this.#isBehind) this.#fetchLater(nowMs)
  }

  pageFailed(nowMs: number, id: number): void {
    if (this.#fetch !== id) return
    this.#fetch = null
    this.#fetchLater(nowMs)
  }

  // ---- what is to be done

  /** What is to be done now. Sets wakeAtMs. */
  poll(nowMs: number): WatchEffect[] {
    this.#deadline.clear()
    if (this.state === 'following' && this.#isDue(nowMs, this.#heardAtMs + SILENCE_MS)) this.#rejoin(nowMs)
    if (this.state === 'joining') this.#watch(nowMs)
    if (this.state === 'following') this.#fetchMissing(nowMs)
    return this.#effects.splice(0)
  }

  #watch(nowMs: number): void {
    if (this.#isWatchAsked || !this.#isDue(nowMs, this.#watchAtMs)) return
    this.#isWatchAsked = true
    this.#watchAtMs = nowMs + MIN_REJOIN_MS
    this.#effects.push({ do: 'watch' })
  }

  #fetchMissing(nowMs: number): void {
    if (this.#isBeginning) return
    if (this.lastSeq >= this.headSeq && !this.#isBehind) {
      this.#holeSinceMs = null
      return
    }
    this.#holeSinceMs ??= nowMs
    if (this.#fetch !== null || !this.#isDue(nowMs, this.#fetchAtMs)) return
    // Nodes overtake each other: what is missing in the live batches is most likely on its way.
    if (!this.#isBehind && !this.#isDue(nowMs, this.#holeSinceMs + HOLE_WAIT_MS)) return
    this.#fetch = ++this.#fetches
    this.#effects.push({ do: 'fetch', id: this.#fetch, afterSeq: this.lastSeq })
  }

  // ---- what it means

  /** An older epoch is old news; a newer one means that the answer to a new watch is needed. */
  #askAboutNewer(nowMs: number, epoch: number): void {
    if (this.epoch !== null && epoch > this.epoch) this.#rejoin(nowMs)
  }

  #rejoin(nowMs: number): void {
    if (this.state !== 'following') return
    this.#isWatchAsked = false
    this.#watchAtMs = Math.max(this.#watchAtMs, nowMs)
    this.#move('rejoin')
  }

  #enterEpoch({ headSeq, committedSeq }: WatchHeads): void {
    const isFirst = this.epoch === null
    // The caller of the first one may resume from a seq of its own; it can't be right above the head.
    const isKnown = isFirst && this.lastSeq <= headSeq
    const sameSeq = isFirst ? committedSeq : Math.min(this.committedSeq, committedSeq)
    const keptThroughSeq = isKnown ? this.lastSeq : Math.min(this.lastSeq, sameSeq)
    this.#fetch = null
    this.#fetchAtMs = 0
    this.#fetchFailures = 0
    this.#holeSinceMs = null
    this.headSeq = 0
    this.committedSeq = 0
    if (keptThroughSeq === this.lastSeq) return
    this.lastSeq = keptThroughSeq
    this.#effects.push({ do: 'reset', keptThroughSeq })
  }

  #hear({ headSeq, committedSeq }: Omit<WatchHeads, 'epoch'>): void {
    this.headSeq = Math.max(this.headSeq, headSeq)
    this.committedSeq = Math.max(this.committedSeq, committedSeq)
  }

  #deliverQueued(): void {
    if (this.#isBeginning) return
    this.#deliver(this.#queue.take(this.lastSeq))
  }

  #deliver(events: RecordedEvent[]): void {
    if (events.length === 0) return
    this.lastSeq += events.length
    this.headSeq = Math.max(this.headSeq, this.lastSeq)
    this.#holeSinceMs = null
    this.#effects.push({ do: 'deliver', events })
  }

  #fetchLater(nowMs: number): void {
    this.#fetchAtMs = nowMs + backoffMs(RETRY_BACKOFF, ++this.#fetchFailures, this.random)
  }

  #move(input: WatchInput): void {
    this.state = NEXT_WATCH[this.state][input]
  }

  #isDue(nowMs: number, atMs: number): boolean {
    return this.#deadline.isDue(nowMs, atMs)
  }
}

const HOLE_WAIT_MS = 250
/** Presence comes every 5 s; a watcher that hears nothing for four of them asks whether it is still in the room. */
const SILENCE_MS = 20_000
/** Nodes that disagree about the epoch for a moment must not be asked in a loop. */
const MIN_REJOIN_MS = 250
const RETRY_BACKOFF: Backoff = { firstMs: 250, mostMs: 4_000 }
