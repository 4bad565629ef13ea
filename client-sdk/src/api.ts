import type { ApiOptions, EventsPage, EventsQuery, OnceOption, PageQuery, SessionApi } from './api-types.js'
import { Caller, type CallerOptions, type RequestParts } from './caller.js'
import { type Environment, hostEnvironment, randomUuid } from './environment.js'
import { TokenHolder } from './token.js'

export type * from './api-types.js'

/** @throws RecorderError VALIDATION where `url` is none */
export function createApi(options: ApiOptions, env: Environment = hostEnvironment): SessionApi {
  return makeApi(options, new TokenHolder(options.token), env)
}

/** An API that shares its token with a connection. */
export function makeApi(options: CallerOptions, token: TokenHolder, env: Environment): SessionApi {
  const caller = new Caller(options, token, env)
  const at = (sessionId: string, path = '') => `/v1/sessions/${encodeURIComponent(sessionId)}${path}`
  const get = <T>(path: string, query: object = {}) =>
    caller.request<T>('GET', path, { query: query as NonNullable<RequestParts['query']> })
  const post = <T>(path: string, body: unknown) => caller.request<T>('POST', path, { body })
  /** The same key goes along with each repetition, so that the service does it once [R10]. */
  const once = <T>(
    path: string,
    body: unknown,
    { idempotencyKey = randomUuid(env) }: OnceOption = {},
    timeoutMs?: number,
  ) =>
    caller.request<T>('POST', path, {
      body,
      headers: { 'idempotency-key': idempotencyKey },
      ...(timeoutMs !== undefined && { timeoutMs }),
    })

  const getEvents = (sessionId: string, { types, ...query }: EventsQuery = {}) =>
    get<EventsPage>(at(sessionId, '/events'), { ...query, types: types?.join(',') })
  const typed =
    <Page>(path: string) =>
    (sessionId: string, query: PageQuery = {}) =>
      get<Page>(at(sessionId, path), query)
  const getAnnotations: SessionApi['getAnnotations'] = (sessionId, query) =>
    get(at(sessionId, '/annotations'), query)
  const getClaudeInteractions = typed<Answer<'getClaudeInteractions'>>('/claude-interactions')
  const getCodeSnapshots = typed<Answer<'getCodeSnapshots'>>('/code-snapshots')
  const getTestResults = typed<Answer<'getTestResults'>>('/test-results')

  return {
    createSession: (session) => post('/v1/sessions', session),
    getSession: (sessionId) => get(at(sessionId)),
    listSessions: (query) => get('/v1/sessions', query),
    closeSession: (sessionId, body = {}) => post(at(sessionId, '/close'), body),
    getReceipt: (sessionId) => get(at(sessionId, '/receipt')),
    createToken: (sessionId, body = {}) => post(at(sessionId, '/token'), body),

    getEvents,
    iterateEvents: (sessionId, query = {}) =>
      pages(query.afterSeq, async (afterSeq) => {
        const page = await getEvents(sessionId, { ...query, afterSeq })
        return { items: page.events, nextAfterSeq: page.nextAfterSeq }
      }),
    postEvents: (sessionId, batch, { wait } = {}) =>
      caller.request('POST', at(sessionId, '/events'), { query: { wait }, body: batch }),

    getClaudeInteractions,
    iterateClaudeInteractions: (sessionId) =>
      pages(0, async (afterSeq) => {
        const page = await getClaudeInteractions(sessionId, { afterSeq })
        return { items: page.claudeInteractions, nextAfterSeq: page.nextAfterSeq }
      }),
    getCodeSnapshots,
    iterateCodeSnapshots: (sessionId) =>
      pages(0, async (afterSeq) => {
        const page = await getCodeSnapshots(sessionId, { afterSeq })
        return { items: page.codeSnapshots, nextAfterSeq: page.nextAfterSeq }
      }),
    getTestResults,
    iterateTestResults: (sessionId) =>
      pages(0, async (afterSeq) => {
        const page = await getTestResults(sessionId, { afterSeq })
        return { items: page.testResults, nextAfterSeq: page.nextAfterSeq }
      }),

    getState: (sessionId, atMs) => get(at(sessionId, '/state'), { atMs }),
    getTimeline: (sessionId, query) => get(at(sessionId, '/timeline'), query),
    getOverview: (sessionId) => get(at(sessionId, '/overview')),
    getKeyframes: (sessionId, range) =>
      caller.stream('GET', at(sessionId, '/keyframes'), {
        accept: '*/*',
        ...(range && { headers: { range: `bytes=${range.offset}-${range.offset + range.length - 1}` } }),
      }),
    getKeyframe: (sessionId) => get(at(sessionId, '/keyframe')),
    getSegment: (sessionId, n) => get(at(sessionId, `/segments/${n}`)),

    getStats: (sessionId, query) => get(at(sessionId, '/stats'), query),
    getSeries: (sessionId, query) => get(at(sessionId, '/stats/series'), query),
    explainStat: (sessionId, metric, query) => get(at(sessionId, '/stats/explain'), { metric, ...query }),
    getStatistics: (query) => get('/v1/stats', query),
    getComparedSessions: (metric, query) => get('/v1/stats/sessions', { metric, ...query }),

    getAnnotations,
    iterateAnnotations: async function* (sessionId) {
      for (let after: string | null = '0'; after !== null; ) {
        const page: Answer<'getAnnotations'> = await getAnnotations(sessionId, { after })
        yield* page.annotations
        after = page.nextAfter
      }
    },
    createAnnotation: (sessionId, note, options) => once(at(sessionId, '/annotations'), note, options),
    changeAnnotation: (sessionId, annotationId, body) =>
      caller.request('PATCH', at(sessionId, `/annotations/${encodeURIComponent(annotationId)}`), { body }),
    deleteAnnotation: async (sessionId, annotationId) => {
      await caller.text('DELETE', at(sessionId, `/annotations/${encodeURIComponent(annotationId)}`))
    },
    rateInteraction: (sessionId, seq, promptQuality) =>
      caller.request('PATCH', at(sessionId, `/claude-interactions/${seq}`), { body: { promptQuality } }),

    chat: (sessionId, message, options) =>
      once(at(sessionId, '/chat'), { message }, options, SLOW_TIMEOUT_MS),

    exportSession: (sessionId, format, query = {}) =>
      caller.stream('GET', at(sessionId, `/export/${format}`), { query: { ...query }, accept: '*/*' }),
    exportText: (sessionId, format, query = {}) =>
      caller.text('GET', at(sessionId, `/export/${format}`), {
        query: { ...query },
        accept: '*/*',
        timeoutMs: SLOW_TIMEOUT_MS,
      }),

    createRedaction: (sessionId, body) =>
      caller.request('POST', at(sessionId, '/redactions'), { body, timeoutMs: SLOW_TIMEOUT_MS }),
    getRedactions: (sessionId, query) => get(at(sessionId, '/redactions'), query),
    getQuarantine: (sessionId, query) =>
      get(sessionId === null ? '/v1/quarantine' : at(sessionId, '/quarantine'), query),
    replayQuarantined: (sessionId, seq) =>
      caller.request('POST', at(sessionId, `/quarantine/${seq}/replay`), { timeoutMs: SLOW_TIMEOUT_MS }),
    deleteSession: (sessionId) => caller.request('DELETE', at(sessionId)),
    getAccessLog: (sessionId, query) => get(at(sessionId, '/access-log'), query),
  }
}

/** An answer of the assistant, a long recording as a file, a search through all of one. */
const SLOW_TIMEOUT_MS = 300_000

type Answer<Name extends keyof SessionApi> = SessionApi[Name] extends (...args: never[]) => Promise<infer T>
  ? T
  : never

async function* pages<Item>(
  afterSeq: number | undefined,
  read: (afterSeq: number) => Promise<{ items: Item[]; nextAfterSeq: number | null }>,
): AsyncGenerator<Item, void, undefined> {
  for (let next: number | null = afterSeq ?? 0; next !== null; ) {
    const page = await read(next)
    yield* page.items
    next = page.nextAfterSeq
  }
}
