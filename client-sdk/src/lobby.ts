import type { ErrorCode } from '../../protocol/errors.js'
import {
  type Done,
  type LobbyAnswer,
  MAX_PREVIEWS,
  PROCTOR_NAMESPACE,
  type SessionPreview,
  type SessionSummary,
} from '../../protocol/socket-events.js'
import { checkUrl } from './check-url.js'
import { type Environment, hostEnvironment } from './environment.js'
import { callSafely } from './handlers.js'
import type { TransportOptions } from './link.js'
import { ReconnectingLink } from './reconnecting-link.js'
import { TokenHolder, type TokenSource } from './token.js'

/**
 * - connecting: no list yet
 * - connected: the list is as the service has it, give or take a second
 * - reconnecting: the list is that of before
 * - refused: the service will not have this client; `error` says why
 * - stopped: `stop()` was called
 */
export type LobbyState = 'connecting' | 'connected' | 'reconnecting' | 'refused' | 'stopped'

export interface LobbyStatus {
  state: LobbyState
  error?: { code: ErrorCode; message: string }
}

export interface LobbyOptions {
  url: string
  /** A proctor's or a service's token. */
  token: TokenSource
  /** All sessions that the token opens and the service lists, at each change. */
  onSessions(sessions: SessionSummary[]): void
  /** What is typed and run in the sessions that `preview` named: those of which something changed, each second at most. */
  onPreviews?(previews: SessionPreview[]): void
  onStatus?(status: LobbyStatus): void
  transportOptions?: TransportOptions
}

export interface Lobby {
  readonly status: LobbyStatus
  /**
   * Names the sessions that `onPreviews` is to hear of, in the place of those named before: the ones in view. Beyond the
   * first 100 they are left out. Who sees a preview is noted as a reader of the session.
   */
  preview(sessionIds: readonly string[]): void
  stop(): void
}

/** Asked again so often, a list recovers from a lost push, and sessions that are gone leave it. */
const REFRESH_MS = 30_000
const RETRY_MS = 1_000

/**
 * Follows which sessions there are and how they stand.
 *
 * @param env time, chance and the network; the host's own by default
 * @throws RecorderError VALIDATION where `url` is none
 */
export function createLobby(options: LobbyOptions, env: Environment = hostEnvironment): Lobby {
  checkUrl(options.url)
  const { url, transportOptions } = options
  const sessions = new Map<string, SessionSummary>()
  let status: LobbyStatus = { state: 'connecting' }
  let cancelTimer: (() => void) | undefined
  let previewed: readonly string[] = []

  const setStatus = (state: LobbyState, error?: { code: ErrorCode; message: string }) => {
    if (status.state === 'stopped' || status.state === 'refused') return
    if (status.state === state && status.error?.code === error?.code) return
    status = { state, ...(error && { error: { code: error.code, message: error.message } }) }
    callSafely(() => options.onStatus?.(status))
  }
  const away = () => (sessions.size > 0 || status.state !== 'connecting' ? 'reconnecting' : 'connecting')
  const show = (changed: readonly SessionSummary[]) => {
    for (const session of changed) sessions.set(session.id, session)
    callSafely(() => options.onSessions([...sessions.values()]))
  }
  const askIn = (ms: number) => {
    cancelTimer?.()
    cancelTimer = env.after(ms, ask)
  }
  const askPreviews = () =>
    link.ask<Done>('preview', [{ sessionIds: previewed }], (answer) => {
      // Of the list a refusal says nothing: that is asked for again, and says for itself how things are.
      if (!answer.ok) askIn(RETRY_MS)
    })
  const ask = () =>
    link.ask<LobbyAnswer>('lobby', [], (answer) => {
      if (answer.ok) {
        sessions.clear()
        setStatus('connected')
        show(answer.sessions)
        askIn(REFRESH_MS)
        if (previewed.length > 0) askPreviews()
      } else if (!link.handle(answer)) {
        setStatus(away(), answer)
        askIn(RETRY_MS)
      }
    })

  const target = { url, namespace: PROCTOR_NAMESPACE, transportOptions, auth: (token: string) => ({ token }) }
  const link = new ReconnectingLink(target, new TokenHolder(options.token), env, {
    up: ask,
    down: (error) => setStatus(away(), error),
    refused: (error) => setStatus('refused', error),
    received: (event, payload) => {
      // Before the first answer there is no list to change.
      if (event === 'lobby' && status.state === 'connected')
        show((payload as { sessions: SessionSummary[] }).sessions)
      if (event === 'previews' && status.state !== 'stopped')
        callSafely(() => options.onPreviews?.((payload as { previews: SessionPreview[] }).previews))
    },
  })
  return {
    get status() {
      return status
    },
    preview: (sessionIds) => {
      previewed = sessionIds.slice(0, MAX_PREVIEWS)
      if (status.state === 'connected') askPreviews()
    },
    stop: () => {
      setStatus('stopped')
      cancelTimer?.()
      link.stop()
    },
  }
}
