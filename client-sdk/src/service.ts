import { ExplainedError } from '../../protocol/errors.js'
import type { PostedEventsView } from '../../protocol/http/index.js'
import { LIMITS } from '../../protocol/limits.js'
import { makeApi, type SessionApi } from './api.js'
import { Caller, type RawJson } from './caller.js'
import { type Environment, hostEnvironment, randomUuid } from './environment.js'
import { piecesOf, type SizedJson } from './event-pieces.js'
import { KeystrokeSampler } from './keystroke-sampler.js'
import { type PostOnce, recordOnce } from './record-once.js'
import type {
  RecordOptions,
  SessionEvent,
  SessionRecording,
  SessionService,
  SessionServiceOptions,
} from './service-types.js'
import { type Room, SessionWriter } from './session-writer.js'
import { fingerprintOf } from './text-fingerprint.js'
import { TokenHolder } from './token.js'
import type { Recorded } from './writer-calls.js'

export { ERRORS, type ErrorCode, RecorderError } from '../../protocol/errors.js'
export type * from './service-types.js'
export type { Recorded } from './writer-calls.js'

/**
 * Records sessions from a backend over HTTP, and gives the rest of the service's API beside it. Make one per process
 * and keep it; `close()` it when the process ends.
 *
 * @throws RecorderError VALIDATION where `url` is none
 * @param env time, chance and the network; the host's own by default
 */
export function createSessionService(
  options: SessionServiceOptions,
  env: Environment = backendEnvironment,
): SessionService {
  const token = new TokenHolder(options.token)
  const { url, fetch } = options
  const where = { url, ...(fetch && { fetch }) }
  const recording = new Recording(
    options,
    makeApi(where, token, env),
    new Caller({ ...where, retries: 0 }, token, env),
    env,
  )
  return recording.service()
}

/** The wall clock: a backend runs for months, in which a monotonic one drifts away from it. */
const backendEnvironment: Environment = { ...hostEnvironment, nowMs: () => Date.now() }

const DEFAULT_TIMEOUT_MS = 60_000
const DEFAULT_MAX_HELD_BYTES = 64 * 1024 * 1024
/** The service answers a wait for a commit after 15 s at the latest. */
const COMMIT_BEFORE_CLOSE_MS = 16_000
/** A session without a call for so long is forgotten once all of it is committed; its next event begins a new source. */
const IDLE_MS = 10 * 60_000
/** What was last sent of so many files of a session is remembered. */
const MAX_FILES = 500

interface OpenSession {
  writer: SessionWriter
  keystrokes: KeystrokeSampler
  isSamplingKnown: boolean
  /** By file: what this process has recorded last, as a fingerprint. */
  lastTexts: Map<string, string>
}

/** All sessions that this process writes into, the one that was used last at the end. */
class Recording {
  readonly #open = new Map<string, OpenSession>()
  readonly #room: Room = { heldBytes: 0 }
  #isClosed = false

  constructor(
    readonly options: SessionServiceOptions,
    readonly api: SessionApi,
    /** Sends once. */
    readonly caller: Caller,
    readonly env: Environment,
  ) {}

  service(): SessionService {
    const { api } = this
    return {
      ...api,
      createSession: async (session) => {
        const created = await api.createSession(session)
        this.#learnSampling(this.#session(created.id), created.keystrokeSampling)
        return created
      },
      recordEvent: (sessionId, event, options) => this.#record(sessionId, event, options),
      recordClaudeInteraction: (sessionId, interaction, options) =>
        this.#record(sessionId, { type: 'ai_interaction', data: interaction as never }, options),
      recordTestResult: (sessionId, result, options) =>
        this.#record(sessionId, { type: 'test_result', data: result as never }, options),
      recordCodeSnapshot: (sessionId, { fileId, ...snapshot }, previousContent, options) =>
        this.#recordSnapshot(sessionId, fileId, snapshot, previousContent ?? null, options),
      closeSession: async (sessionId, status = 'COMPLETED', submission = {}) => {
        await this.#flush([sessionId], 'received', this.#timeoutMs)
        // What a buffer has lost can be sent again now; soon after the close it can't [I2]. Closing itself needs no commit.
        await this.#flush([sessionId], 'committed', COMMIT_BEFORE_CLOSE_MS).catch(() => {})
        const closed = await api.closeSession(sessionId, { status, ...submission })
        // One that is still to be completed may need what is held.
        if (closed.status !== 'ACTIVE') this.#forget(sessionId)
        return closed
      },
      getSessionRecording: (sessionId) => readWhole(api, sessionId),
      getSessionStats: (sessionId) => api.getStats(sessionId),
      flush: ({ sessionId, wait = 'received', timeoutMs = this.#timeoutMs } = {}) =>
        this.#flush(sessionId === undefined ? [...this.#open.keys()] : [sessionId], wait, timeoutMs),
      close: async ({ wait = 'received', timeoutMs = this.#timeoutMs } = {}) => {
        this.#isClosed = true
        try {
          await this.#flush([...this.#open.keys()], wait, timeoutMs)
        } finally {
          for (const id of [...this.#open.keys()]) this.#forget(id)
        }
      },
    }
  }

  get #timeoutMs(): number {
    return this.options.timeoutMs ?? DEFAULT_TIMEOUT_MS
  }

  async #record(sessionId: string, event: SessionEvent, options: RecordOptions = {}): Promise<Recorded> {
    if (this.#isClosed) throw new ExplainedError('RECORDER_CLOSED', 'An event was recorded after close().')
    const timestampMs = options.timestamp ?? event.timestamp
    if (timestampMs !== undefined && !Number.isFinite(timestampMs)) {
      throw new ExplainedError(
        'EVENT_TIMESTAMP_INVALID',
        'The timestamp of this event is not a finite number.',
      )
    }
    const untilMs = this.env.nowMs() + (options.timeoutMs ?? this.#timeoutMs)
    const { idempotencyKey } = options
    if (idempotencyKey !== undefined) {
      const pieces = piecesOf(event, LIMITS, () => randomUuid(this.env))
      const post: PostOnce = (body, wait, headers) => this.#post(sessionId, body, wait, headers)
      return recordOnce(this.env, post, pieces, {
        idempotencyKey,
        timestampMs: timestampMs ?? this.env.nowMs(),
        isCommitAwaited: options.wait === 'committed',
        untilMs,
      })
    }
    const session = this.#session(sessionId)
    if (event.type === 'keystroke') this.#askSampling(sessionId, session)
    const kept = session.keystrokes.take(event)
    if (kept === null) return { sourceSeq: 0, committed: false }
    const pieces = piecesOf(kept, LIMITS, () => randomUuid(this.env))
    this.#requireRoom(pieces)
    return session.writer.write(pieces, {
      timestampMs,
      isCommitAwaited: options.wait === 'committed',
      untilMs,
    })
  }

  async #recordSnapshot(
    sessionId: string,
    fileId: string,
    snapshot: { fileName: string; language?: string | null; content: string },
    previousContent: string | null,
    options: RecordOptions = {},
  ): Promise<Recorded> {
    // Under a key it is a source of its own, which has recorded nothing before.
    const known = options.idempotencyKey === undefined ? this.#session(sessionId).lastTexts : new Map()
    const isKnown = previousContent === null || known.get(fileId) === fingerprintOf(previousContent)
    const data = isKnown ? snapshot : { ...snapshot, previousContent }
    const recorded = this.#record(sessionId, { type: 'code_snapshot', fileId, data }, options)
    const fingerprint = fingerprintOf(snapshot.content)
    known.delete(fileId)
    known.set(fileId, fingerprint)
    const [oldest] = known.keys()
    if (known.size > MAX_FILES && oldest !== undefined) known.delete(oldest)
    try {
      return await recorded
    } catch (error) {
      // Whether the service has it is not known: the next one brings its own text to compare with.
      if (known.get(fileId) === fingerprint) known.delete(fileId)
      throw error
    }
  }

  #post(
    sessionId: string,
    body: RawJson,
    wait: 'committed' | undefined,
    headers: Record<string, string> = {},
  ): Promise<PostedEventsView> {
    const path = `/v1/sessions/${encodeURIComponent(sessionId)}/events`
    return this.caller.request('POST', path, { query: { wait }, body, headers })
  }

  /** The session's state, made anew where there is none or where its source has come to its end. */
  #session(sessionId: string): OpenSession {
    this.#forgetIdle()
    let session = this.#open.get(sessionId)
    if (session === undefined || session.writer.isOver) {
      session = {
        writer: new SessionWriter({
          env: this.env,
          afterIdle: (delayMs, run) => afterIdle(this.env, delayMs, run),
          post: (body, wait) => this.#post(sessionId, body, wait),
          room: this.#room,
        }),
        keystrokes: new KeystrokeSampler(this.options.keystrokeSampling),
        isSamplingKnown: false,
        lastTexts: new Map(),
      }
    }
    this.#open.delete(sessionId)
    this.#open.set(sessionId, session)
    return session
  }

  /** The longest unused stand first. */
  #forgetIdle(): void {
    const beforeMs = this.env.nowMs() - IDLE_MS
    for (const [id, { writer }] of this.#open) {
      if (writer.lastUsedMs > beforeMs) return
      if (writer.isIdle) this.#open.delete(id)
    }
  }

  #forget(sessionId: string): void {
    const stopped = new ExplainedError('RECORDER_CLOSED', 'The session is not recorded here any more.')
    this.#open.get(sessionId)?.writer.stop(stopped)
    this.#open.delete(sessionId)
  }

  #requireRoom(pieces: readonly SizedJson[]): void {
    const maxHeldBytes = this.options.maxHeldBytes ?? DEFAULT_MAX_HELD_BYTES
    const bytes = pieces.reduce((sum, piece) => sum + piece.bytes, 0)
    const isFull = () => this.#room.heldBytes + bytes > maxHeldBytes
    if (isFull()) for (const { writer } of this.#open.values()) writer.makeRoom()
    if (!isFull()) return
    const { heldBytes } = this.#room
    throw new ExplainedError('QUEUE_FULL', `Events of ${heldBytes} bytes wait to be received.`, {
      maxHeldBytes,
    })
  }

  async #flush(
    sessionIds: readonly string[],
    wait: 'received' | 'committed',
    timeoutMs: number,
  ): Promise<void> {
    const untilMs = this.env.nowMs() + timeoutMs
    const writers = sessionIds.flatMap((id) => this.#open.get(id)?.writer ?? [])
    const ends = await Promise.allSettled(
      writers.filter(({ isOver }) => !isOver).map((writer) => writer.flushed(wait === 'committed', untilMs)),
    )
    for (const end of ends) if (end.status === 'rejected') throw end.reason
  }

  // ---- keystrokes

  #learnSampling(session: OpenSession, every: number): void {
    session.keystrokes.every = every
    session.isSamplingKnown = true
  }

  /** Keystrokes that come before the answer follow the default; each says for how many it stands. */
  #askSampling(sessionId: string, session: OpenSession): void {
    if (session.isSamplingKnown) return
    session.isSamplingKnown = true
    this.api.getSession(sessionId).then(
      ({ keystrokeSampling }) => this.#learnSampling(session, keystrokeSampling),
      () => {
        session.isSamplingKnown = false
      },
    )
  }
}

/** A timer that keeps no process alive, where timers of the host can be told so. */
function afterIdle(env: Environment, delayMs: number, run: () => void): () => void {
  if (env !== backendEnvironment) return env.after(delayMs, run)
  const timer: unknown = setTimeout(run, delayMs)
  ;(timer as { unref?: () => void }).unref?.()
  return () => clearTimeout(timer as number)
}

async function readWhole(api: SessionApi, sessionId: string): Promise<SessionRecording> {
  const session = await api.getSession(sessionId)
  const all = async <T>(items: AsyncGenerator<T>) => {
    const list: T[] = []
    for await (const item of items) list.push(item)
    return list
  }
  return {
    session,
    events: await all(api.iterateEvents(sessionId, { limit: 5000 })),
    claudeInteractions: await all(api.iterateClaudeInteractions(sessionId)),
    codeSnapshots: await all(api.iterateCodeSnapshots(sessionId)),
    testResults: await all(api.iterateTestResults(sessionId)),
    annotations: await all(api.iterateAnnotations(sessionId)),
  }
}
