import type {
  createLobby,
  Lobby,
  LobbyState,
  SessionPreview,
  SessionSummary,
} from '../../../../client-sdk/src/index.js'
import type { ErrorCode } from '../../../../protocol/errors.js'
import { Activity } from './activity.js'
import type { Seen } from './attention.js'

/** The cards change this often at most, however the pushes of several kinds come. */
const MIN_GAP_MS = 950
/** Pushes of one look of the service come one behind the other; they are shown together. */
const GATHER_MS = 60
/** Time alone changes what is to be said of a session. */
const REFRESH_MS = 2_000
/** The sessions in view change while somebody scrolls. */
const ASK_AFTER_MS = 150
/** So long a signal that came while this page was open is news. */
const NEWS_MS = 5 * 60_000

export interface LiveSession {
  summary: SessionSummary
  preview: SessionPreview | null
  seen: Seen
}

export interface LiveView {
  /** null before the first answer. */
  sessions: readonly LiveSession[] | null
  state: LobbyState
  /** The service was asked and did not answer, so far not once. */
  isUnanswered: boolean
  /** When all this was so, this computer's time: now, or of the last word before the connection was lost. */
  atMs: number
}

export interface LiveSessionsDeps {
  url: string
  token: string
  openLobby: typeof createLobby
  nowMs: () => number
  onRefused: (code: ErrorCode | undefined) => void
}

interface Track {
  seen: Seen
  /** Counted so far; -1 before the first count. */
  signals: number
  /** null: nobody has looked on since. */
  wasOffline: boolean | null
}

/**
 * The live sessions as the service tells of them, and what can only be seen by looking on: how busy each is, since when
 * it is offline, which signals are new. Changes at most once a second.
 */
export class LiveSessions {
  readonly activity = new Activity()
  private readonly lobby: Lobby
  private readonly listeners = new Set<() => void>()
  private readonly previews = new Map<string, SessionPreview>()
  private readonly tracks = new Map<string, Track>()
  private readonly recalled = new WeakSet<SessionSummary>()
  private summaries: readonly SessionSummary[] | null = null
  private state: LobbyState = 'connecting'
  private isUnanswered = false
  private view: LiveView
  private timer: ReturnType<typeof setTimeout> | undefined
  private timerAtMs = Number.POSITIVE_INFINITY
  private askTimer: ReturnType<typeof setTimeout> | undefined
  private inView = ''
  private heardAtMs: number
  /** While nothing is told, time alone is no reason to look: it stands still at the last word. Null while all is told. */
  private stillAtMs: number | null = null

  constructor(private readonly deps: LiveSessionsDeps) {
    this.heardAtMs = deps.nowMs()
    this.view = { sessions: null, state: 'connecting', isUnanswered: false, atMs: this.heardAtMs }
    this.lobby = deps.openLobby({
      url: deps.url,
      token: deps.token,
      onSessions: (sessions) => this.take(sessions),
      onPreviews: (previews) => {
        this.heardAtMs = deps.nowMs()
        for (const preview of previews) this.previews.set(preview.sessionId, preview)
        this.publishSoon()
      },
      onStatus: ({ state, error }) => {
        if (state === 'refused') deps.onRefused(error?.code)
        this.state = state
        this.isUnanswered = state === 'connecting' && error !== undefined
        if (state === 'reconnecting') this.standStill()
        this.publish()
      },
    })
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  readonly current = (): LiveView => this.view

  /** Names the sessions whose previews are wanted; those of others are forgotten. */
  show(sessionIds: readonly string[]): void {
    const wanted = [...sessionIds].sort().join(' ')
    if (wanted === this.inView) return
    this.inView = wanted
    clearTimeout(this.askTimer)
    this.askTimer = setTimeout(() => this.lobby.preview(sessionIds), ASK_AFTER_MS)
  }

  stop(): void {
    clearTimeout(this.timer)
    clearTimeout(this.askTimer)
    this.lobby.stop()
    this.listeners.clear()
  }

  private take(sessions: readonly SessionSummary[]): void {
    const nowMs = this.deps.nowMs()
    // The first list, and the first one after a gap, are waited for.
    const isAwaited = this.summaries === null || this.stillAtMs !== null
    this.heardAtMs = nowMs
    this.stillAtMs = null
    for (const session of sessions) {
      this.activity.record(session.id, session.eventCount, nowMs)
      this.recall(session, nowMs)
      this.tracks.set(session.id, tracked(this.tracks.get(session.id), session, nowMs))
    }
    const ids = new Set(sessions.map(({ id }) => id))
    this.activity.keepOnly(ids)
    for (const kept of [this.previews, this.tracks])
      for (const id of kept.keys()) if (!ids.has(id)) kept.delete(id)
    this.summaries = sessions
    if (isAwaited) this.publish()
    else this.publishSoon()
  }

  /** What was counted is about the moment when it came; a summary that did not change since comes again as it is. */
  private recall(session: SessionSummary, nowMs: number): void {
    if (session.recent === undefined || this.recalled.has(session)) return
    this.recalled.add(session)
    this.activity.recall(session.id, session.recent, nowMs)
  }

  /** What candidates do from now on nobody sees. */
  private standStill(): void {
    if (this.stillAtMs !== null || this.summaries === null) return
    this.stillAtMs = this.heardAtMs
    this.activity.lose(this.heardAtMs)
    for (const [id, { signals, seen }] of this.tracks)
      this.tracks.set(id, { signals, seen: { ...seen, offlineSinceMs: null }, wasOffline: null })
  }

  private publishSoon(): void {
    const nowMs = this.deps.nowMs()
    this.publishAt(Math.max(nowMs + GATHER_MS, this.view.atMs + MIN_GAP_MS), nowMs)
  }

  private publishAt(atMs: number, nowMs: number): void {
    if (atMs >= this.timerAtMs) return
    clearTimeout(this.timer)
    this.timerAtMs = atMs
    this.timer = setTimeout(() => this.publish(), atMs - nowMs)
  }

  private publish(): void {
    const nowMs = this.deps.nowMs()
    const { summaries, previews, tracks, state, isUnanswered } = this
    const sessions =
      summaries?.map((summary) => ({
        summary,
        preview: previews.get(summary.id) ?? null,
        seen: tracks.get(summary.id)?.seen ?? NOTHING_SEEN,
      })) ?? null
    this.view = { sessions, state, isUnanswered, atMs: this.stillAtMs ?? nowMs }
    clearTimeout(this.timer)
    this.timerAtMs = Number.POSITIVE_INFINITY
    if (state === 'connected') this.publishAt(nowMs + REFRESH_MS, nowMs)
    for (const listener of this.listeners) listener()
  }
}

const NOTHING_SEEN: Seen = { offlineSinceMs: null, signalsUntilMs: null }

/** What looking on tells: of what was so before the page was opened nobody knows since when. */
function tracked(before: Track | undefined, { candidate, facts }: SessionSummary, nowMs: number): Track {
  const isOffline = candidate === 'offline'
  const offlineSinceMs = before?.seen.offlineSinceMs ?? (before?.wasOffline === false ? nowMs : null)
  const signals = facts === null ? -1 : facts.longPastes + facts.secondTabs + facts.tabAwayCount
  const isNews = before !== undefined && before.signals >= 0 && signals > before.signals
  return {
    signals: Math.max(signals, before?.signals ?? -1),
    wasOffline: isOffline,
    seen: {
      offlineSinceMs: isOffline ? offlineSinceMs : null,
      signalsUntilMs: isNews ? nowMs + NEWS_MS : (before?.seen.signalsUntilMs ?? null),
    },
  }
}
