import type {
  createWatcher,
  SessionKeyframe as SentKeyframe,
  Watcher,
  WatcherState,
  WatcherStatus,
} from '../../../client-sdk/src/index.js'
import type { ErrorCode } from '../../../protocol/errors.js'
import type { RecordedEvent } from '../../../protocol/events.js'
import type { Presence } from '../../../protocol/socket-events.js'
import type { JoinedReplayer, Replayer, SessionKeyframe } from '../../../replay/index.js'
import { type ConsoleApi, codeOf, type SessionDetails } from '../data/api.js'
import type { ServerClock } from '../data/server-clock.js'
import type { Connection, Latency } from './live-state.js'

/** How often a live session's row is read again: it tells when the session was closed. */
const ROW_EVERY_MS = 5000
/** A candidate who submits is about to be closed. */
const ROW_AFTER_SUBMIT_MS = 500

/** How often the row of a closed session is read again until its archive is there: ever less often, for half an hour. */
const ARCHIVE_EVERY_MS = { first: 5000, most: 60_000 }
const ARCHIVE_READS = 30

/** null: says nothing about the connection. */
const CONNECTIONS: Record<WatcherState, Connection | null> = {
  connecting: 'connecting',
  'catching-up': 'connected',
  watching: 'connected',
  reconnecting: 'reconnecting',
  refused: null,
  stopped: null,
}

/** Trouble that passes: what was read before goes on being shown. */
const PASSING: ReadonlySet<ErrorCode> = new Set(['TRY_LATER', 'UNREACHABLE', 'INTERNAL', 'RATE_LIMITED'])

export interface FeedView {
  details: SessionDetails | null
  presence: Presence | null
  connection: Connection
  /** Since when nothing was heard over a connection that is lost, epoch ms of this computer's clock; null while connected. */
  silentSinceMs: number | null
  appliedSeq: number
  /** How many of the events up to there are not here yet: what is shown is the end, and the past can't be gone to. */
  historyLeft: number
  latency: Latency | null
  /** Nothing can be shown: the session is not there, or not for this viewer. */
  failure: { code: ErrorCode | null; message: string } | null
}

export interface FeedDeps {
  api: ConsoleApi
  url: string
  token: string
  sessionId: string
  /** Where the events go. */
  replayer: Pick<
    JoinedReplayer,
    'begin' | 'insert' | 'insertHistory' | 'historyLeft' | 'dropAbove' | 'overview'
  >
  clock: Pick<ServerClock, 'nowMs'>
  watch: typeof createWatcher
  /** Opens what is recorded of a closed session. */
  openRecording(sessionId: string): Promise<Replayer>
  /** A closed session is to be played from this, whatever was played of it before. */
  onRecording(recording: Replayer): void
}

/**
 * Brings one session into the player: its events from a live watcher while it goes on, a recording to look things up in
 * once it is closed. The player does not know the difference.
 */
export class SessionFeed {
  private view: FeedView = {
    details: null,
    presence: null,
    connection: 'connecting',
    silentSinceMs: null,
    appliedSeq: 0,
    historyLeft: 0,
    latency: null,
    failure: null,
  }
  private readonly listeners = new Set<() => void>()
  private watcher: Watcher | null = null
  private rowTimer: ReturnType<typeof setTimeout> | undefined
  /** Where the history ends that a new connection brings; null until it is told. Nothing up to it is late. */
  private historySeq: number | null = null
  /** Of the last word of the service, epoch ms of this computer's clock: that a connection is lost is noticed later. */
  private heardAtMs = 0
  /** The latest timestamp of all events here, so that no overview is made for each batch. */
  private newestMs = 0
  private stopped = false

  constructor(private readonly deps: FeedDeps) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  readonly current = (): FeedView => this.view

  /** What a proctor can do to the session; null while it is not watched live. */
  readonly verbs = (): Pick<Watcher, 'message' | 'extend' | 'end'> | null => this.watcher

  async start(): Promise<void> {
    const details = await this.readRow()
    if (details === null || this.stopped) return
    if (details.status === 'ACTIVE') this.watch()
    else await this.open()
  }

  /** Begins anew after a failure. */
  async retry(): Promise<void> {
    this.watcher = null
    this.historySeq = null
    this.newestMs = 0
    this.deps.replayer.dropAbove(0)
    this.publish({ failure: null, connection: 'connecting', presence: null, appliedSeq: 0, historyLeft: 0 })
    await this.start()
  }

  stop(): void {
    this.stopped = true
    clearTimeout(this.rowTimer)
    this.watcher?.stop()
    this.listeners.clear()
  }

  private watch(): void {
    const { url, token, sessionId, replayer, watch } = this.deps
    this.watcher = watch({
      url,
      token,
      sessionId,
      begin: {
        onKeyframe: (keyframe) => this.begin(keyframe),
        onHistory: (events) => {
          replayer.insertHistory(events)
          this.publish({ historyLeft: replayer.historyLeft })
          this.endWhenComplete()
        },
      },
      onEvents: (events) => this.take(events),
      onReset: (keptThroughSeq) => {
        replayer.dropAbove(keptThroughSeq)
        this.newestMs = replayer.overview.endMs
        this.publish({ appliedSeq: keptThroughSeq, historyLeft: replayer.historyLeft })
      },
      onPresence: (presence) => {
        this.heardAtMs = Date.now()
        this.historySeq ??= presence.headSeq
        this.publish({ presence })
      },
      onStatus: (status) => this.onStatus(status),
    })
    this.readRowLater(ROW_EVERY_MS)
  }

  /** Opens a closed session, of which only what is looked at is loaded; again where what was opened is no more. */
  async open(): Promise<void> {
    const { sessionId, openRecording, onRecording } = this.deps
    try {
      const recording = await openRecording(sessionId)
      if (this.stopped) {
        recording.close()
        return
      }
      onRecording(recording)
      this.publish({ appliedSeq: recording.overview.eventCount, connection: 'over' })
      this.followArchive()
    } catch (error) {
      // What was opened before goes on being shown.
      const isOpen = this.view.connection === 'over'
      if (!isOpen || !PASSING.has(codeOf(error) ?? 'UNREACHABLE')) this.fail(error)
    }
  }

  /** Begins with what the session had come to, where the player understands it. */
  private begin(sent: SentKeyframe): boolean {
    const { replayer } = this.deps
    if (!replayer.begin(sent as SessionKeyframe)) return false
    this.heardAtMs = Date.now()
    this.newestMs = replayer.overview.endMs
    this.publish({ appliedSeq: sent.throughSeq, historyLeft: replayer.historyLeft })
    return true
  }

  private take(events: readonly RecordedEvent[]): void {
    const { replayer, clock } = this.deps
    const last = events.at(-1)
    if (last === undefined) return
    this.heardAtMs = Date.now()
    // What an outbox brings from the past is late as well, but says nothing of the way to this screen.
    const isNewest = last.timestamp >= this.newestMs
    this.newestMs = events.reduce((newestMs, { timestamp }) => Math.max(newestMs, timestamp), this.newestMs)
    replayer.insert(events)
    const isNews = this.historySeq !== null && last.seq > this.historySeq
    const atMs = clock.nowMs()
    this.publish({
      appliedSeq: last.seq,
      historyLeft: replayer.historyLeft,
      ...(isNews && isNewest && { latency: { ms: atMs - last.timestamp, atMs } }),
    })
    if (events.some(({ type }) => type === 'session_submit')) this.readRowLater(ROW_AFTER_SUBMIT_MS)
    this.endWhenComplete()
  }

  private onStatus({ state, error }: WatcherStatus): void {
    if (state === 'refused' && error !== undefined) this.fail(error)
    const isUnanswered = state === 'connecting' && error !== undefined
    const connection = isUnanswered ? 'unanswered' : CONNECTIONS[state]
    if (connection === null || connection === this.view.connection) return
    const lost = connection === 'reconnecting'
    if (lost) this.historySeq = null
    this.publish({ connection, silentSinceMs: lost ? this.heardAtMs : null })
  }

  private readRowLater(waitMs: number): void {
    clearTimeout(this.rowTimer)
    this.rowTimer = setTimeout(async () => {
      const details = await this.readRow()
      if (this.stopped) return
      if (details === null || details.status === 'ACTIVE') this.readRowLater(ROW_EVERY_MS)
      else this.endWhenComplete()
    }, waitMs)
  }

  /** A closed session needs no watcher once all of its events are here. */
  private endWhenComplete(): void {
    const { details, appliedSeq, historyLeft } = this.view
    if (details === null || details.status === 'ACTIVE') return
    if (appliedSeq < details.eventCount || historyLeft > 0) return
    this.watcher?.stop()
    this.watcher = null
    this.publish({ connection: 'over' })
    this.followArchive()
  }

  /** The archive of a closed session follows by itself; nobody pushes that it is there. */
  private followArchive(readCount = 0): void {
    const { archive } = this.view.details ?? {}
    if ((archive !== 'pending' && archive !== 'failed') || readCount === ARCHIVE_READS) return
    clearTimeout(this.rowTimer)
    const { first, most } = ARCHIVE_EVERY_MS
    this.rowTimer = setTimeout(
      async () => {
        try {
          const details = await this.deps.api.session(this.deps.sessionId)
          if (!this.stopped) this.publish({ details })
        } catch (error) {
          // The recording is being looked at: what can't be read of its row any more is no reason to take it away.
          if (!PASSING.has(codeOf(error) ?? 'UNREACHABLE')) return
        }
        if (!this.stopped) this.followArchive(readCount + 1)
      },
      Math.min(first * 2 ** readCount, most),
    )
  }

  /** The session's row; null when it can't be read now. A row that was read once may be missing for a while. */
  private async readRow(): Promise<SessionDetails | null> {
    try {
      const details = await this.deps.api.session(this.deps.sessionId)
      if (!this.stopped) this.publish({ details })
      return details
    } catch (error) {
      if (this.view.details === null || !PASSING.has(codeOf(error) ?? 'INTERNAL')) this.fail(error)
      return null
    }
  }

  private fail(error: unknown): void {
    if (this.stopped) return
    clearTimeout(this.rowTimer)
    this.watcher?.stop()
    const { message } = error as { message?: string }
    this.publish({ failure: { code: codeOf(error), message: message ?? '' } })
  }

  private publish(change: Partial<FeedView>): void {
    this.view = { ...this.view, ...change }
    for (const listener of this.listeners) listener()
  }
}
