import type { ErrorCode } from '../../protocol/errors.js'
import { RecorderError } from '../../protocol/errors.js'
import type { RecordedEvent, SentEvent } from '../../protocol/events.js'
import type {
  CloseSessionBody,
  CreatedSessionView,
  CreateSessionBody,
  PostedEventsView,
  SessionDetailView,
  SessionListView,
  SessionView,
} from '../../protocol/http/index.js'
import type { SessionStatus } from '../../protocol/session.js'
import { type Backoff, backoffMs } from './backoff.js'
import { type Environment, hostEnvironment } from './environment.js'
import { checkUrl } from './link.js'
import { remoteError } from './remote-error.js'
import { TokenHolder, type TokenSource } from './token.js'

export interface ApiOptions {
  url: string
  token: TokenSource
  /** Default: the global one. */
  fetch?: typeof globalThis.fetch
  /** How often a request is sent again when the service can't be reached or asks to try later. Default: 4. */
  retries?: number
}

export interface ListSessionsQuery {
  status?: SessionStatus
  candidateId?: string
  limit?: number
  /** nextCursor of the page before. */
  cursor?: string
}

export interface EventsQuery {
  /** Default: 0. */
  afterSeq?: number
  /** Events per page; default 1000, at most 5000. */
  limit?: number
  types?: readonly string[]
  fromMs?: number
  toMs?: number
}

export interface EventsPage {
  epoch: number
  events: RecordedEvent[]
  /** afterSeq of the next page; null at the end of what there is now. */
  nextAfterSeq: number | null
}

export interface PostEvents {
  /** Names the writer; with firstSeq it makes the request safe to repeat [R10]. */
  source: string
  /** The first event's number within its source, which counts 1, 2, 3… */
  firstSeq: number
  events: readonly SentEvent[]
}

/**
 * The service's HTTP API. Each call rejects with a RecorderError that carries the service's code; UNREACHABLE
 * where none came. All requests may be repeated safely, and are, on TRY_LATER and without an answer.
 */
export interface SessionApi {
  /** One recording per candidate: a second call for the same candidateId answers with the first. */
  createSession(session: CreateSessionBody): Promise<CreatedSessionView>
  getSession(sessionId: string): Promise<SessionDetailView>
  listSessions(query?: ListSessionsQuery): Promise<SessionListView>
  /** One page. */
  getEvents(sessionId: string, query?: EventsQuery): Promise<EventsPage>
  /** All events there are now, page by page. */
  iterateEvents(sessionId: string, query?: EventsQuery): AsyncGenerator<RecordedEvent, void, undefined>
  /** Resolves once received; with `wait: 'committed'` once committed, or after 15 s with what was by then. */
  postEvents(
    sessionId: string,
    batch: PostEvents,
    options?: { wait?: 'committed' },
  ): Promise<PostedEventsView>
  closeSession(sessionId: string, body?: CloseSessionBody): Promise<SessionView>
  /** Everything on the screen at a moment; default: the latest. */
  getState(sessionId: string, atMs?: number): Promise<Record<string, unknown> & { atMs: number; seq: number }>
  /** A new token for a session, default for its candidate. */
  createToken(
    sessionId: string,
    body?: { role?: 'candidate' | 'proctor'; sub?: string; expiresInSec?: number },
  ): Promise<{ token: string }>
}

/** @throws RecorderError VALIDATION where `url` is none */
export function createApi(options: ApiOptions, env: Environment = hostEnvironment): SessionApi {
  return makeApi(options, new TokenHolder(options.token), env)
}

/** An API that shares its token with a connection. */
export function makeApi(
  options: Omit<ApiOptions, 'token'>,
  token: TokenHolder,
  env: Environment,
): SessionApi {
  checkUrl(options.url)
  const call = new Caller(options, token, env)
  const at = (sessionId: string, path = '') => `/v1/sessions/${encodeURIComponent(sessionId)}${path}`
  const getEvents = (sessionId: string, { types, ...query }: EventsQuery = {}) =>
    call.request<EventsPage>('GET', at(sessionId, '/events'), { ...query, types: types?.join(',') })
  return {
    createSession: (session) => call.request('POST', '/v1/sessions', {}, session),
    getSession: (sessionId) => call.request('GET', at(sessionId)),
    listSessions: (query = {}) => call.request('GET', '/v1/sessions', { ...query }),
    getEvents,
    async *iterateEvents(sessionId, query = {}) {
      for (let afterSeq: number | null = query.afterSeq ?? 0; afterSeq !== null; ) {
        const page: EventsPage = await getEvents(sessionId, { ...query, afterSeq })
        yield* page.events
        afterSeq = page.nextAfterSeq
      }
    },
    postEvents: (sessionId, batch, { wait } = {}) =>
      call.request('POST', at(sessionId, '/events'), { wait }, batch),
    closeSession: (sessionId, body = {}) => call.request('POST', at(sessionId, '/close'), {}, body),
    getState: (sessionId, atMs) => call.request('GET', at(sessionId, '/state'), { atMs }),
    createToken: (sessionId, body = {}) => call.request('POST', at(sessionId, '/token'), {}, body),
  }
}

type Query = Record<string, string | number | undefined>

/** A close waits 10 s for the last flush, a write with wait=committed 15 s for its own. */
const REQUEST_TIMEOUT_MS = 30_000
const DEFAULT_RETRIES = 4
const BACKOFF: Backoff = { firstMs: 300, mostMs: 4_000 }
const RETRIED: ReadonlySet<ErrorCode> = new Set(['TRY_LATER', 'UNREACHABLE'])

class Caller {
  constructor(
    readonly options: Omit<ApiOptions, 'token'>,
    readonly token: TokenHolder,
    readonly env: Environment,
  ) {}

  async request<T>(method: string, path: string, query: Query = {}, body?: unknown): Promise<T> {
    const retries = this.options.retries ?? DEFAULT_RETRIES
    let hasRenewed = false
    for (let failures = 0; ; ) {
      try {
        return (await this.#once(method, path, query, body)) as T
      } catch (error) {
        if (!(error instanceof RecorderError)) throw error
        if (error.code === 'TOKEN_EXPIRED' && this.token.isRenewable && !hasRenewed) {
          hasRenewed = true
          this.token.expire()
          continue
        }
        failures++
        if (!RETRIED.has(error.code) || failures > retries) throw error
        const askedMs = Number(error.details?.retryAfterMs ?? 0)
        await this.#sleep(Math.max(askedMs, backoffMs(BACKOFF, failures, this.env.random)))
      }
    }
  }

  async #once(method: string, path: string, query: Query, body: unknown): Promise<unknown> {
    const token = await this.token.get()
    const fetch = this.options.fetch ?? this.env.fetch
    const abort = new AbortController()
    const cancel = this.env.after(REQUEST_TIMEOUT_MS, () => abort.abort())
    let response: Response
    let text: string
    try {
      response = await fetch(this.#address(path, query), {
        method,
        signal: abort.signal,
        headers: {
          authorization: `Bearer ${token}`,
          accept: 'application/json',
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      text = await response.text()
    } catch (cause) {
      const what = abort.signal.aborted ? 'did not answer in time' : 'could not be reached'
      throw new RecorderError('UNREACHABLE', `The recorder service ${what}.`, undefined, { cause })
    } finally {
      cancel()
    }
    const answer = parseJson(text)
    if (response.ok) return answer
    throw errorOf(response, answer)
  }

  #address(path: string, query: Query): string {
    const url = new URL(this.options.url, globalThis.location?.href)
    url.pathname = url.pathname.replace(/\/+$/, '') + path
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value))
    }
    return url.href
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.env.after(ms, resolve))
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function errorOf(response: Response, answer: unknown): RecorderError {
  const retryAfterSec = Number(response.headers.get('retry-after') ?? Number.NaN)
  const retryAfter = Number.isFinite(retryAfterSec) ? { retryAfterMs: retryAfterSec * 1000 } : {}
  const { error } = (answer ?? {}) as { error?: { code: string; message: string; details?: object } }
  if (typeof error?.code === 'string') return remoteError(error, { ...error.details, ...retryAfter })
  // Not from the service: a proxy in front of it that has no service to ask, or nothing at this address.
  const what = `Something answered with status ${response.status} in the place of the recorder service.`
  return new RecorderError('UNREACHABLE', what, { status: response.status, ...retryAfter })
}
