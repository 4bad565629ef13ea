import {
  createRecorder,
  type Recorder,
  type RecorderError,
  type RecorderStatus,
  type SessionApi,
} from '../../client-sdk/src/index.js'
import type { Interview } from './interview.js'
import { type AckLatency, AckTimer } from './latency.js'
import { type Clock, playInterview } from './play.js'

export interface SessionPlan {
  candidateId: string
  interview: Interview
}

export interface RunContext {
  url: string
  api: SessionApi
  speed: number | 'max'
  maxUncommittedBytes: number
  clock: Clock
  latency: AckLatency
  /** Aborted: stop playing, confirm what was sent, close as ABANDONED. */
  signal: AbortSignal
}

/** One candidate's run, as far as it has come. */
export interface SessionRun {
  readonly plan: SessionPlan
  sessionId: string | null
  phase: 'starting' | 'playing' | 'confirming' | 'closing' | 'checking' | 'done' | 'failed'
  status: RecorderStatus | null
  /** What the service has at the end; null until it was asked. */
  stored: Stored | null
  failure: string | null
}

export interface Stored {
  /** `eventCount` of the session: events in the database. */
  committed: number
  /** Events of the candidate that were read back. */
  readBack: number
  /** Events of others, such as a proctor who watched. */
  others: number
  /** Whether the seqs are 1, 2, 3… */
  isWhole: boolean
}

/** After an interruption the service gets this long to confirm what it was sent. */
const INTERRUPTED_WAIT_MS = 15_000
const CLOSED_POLL_MS = 250
const CLOSED_WAIT_MS = 60_000

export const newRun = (plan: SessionPlan): SessionRun => ({
  plan,
  sessionId: null,
  phase: 'starting',
  status: null,
  stored: null,
  failure: null,
})

/** Starts, plays, confirms, closes and checks one session. Never throws: what went wrong is in `run.failure`. */
export async function runSession(run: SessionRun, context: RunContext): Promise<void> {
  let recorder: Recorder | null = null
  try {
    const { id, candidateToken } = await createSession(run.plan, context)
    run.sessionId = id
    recorder = createRecorder({ url: context.url, token: candidateToken })
    await play(run, recorder, context)

    run.phase = 'confirming'
    await confirmed(recorder, context)
    run.phase = 'closing'
    await context.api.closeSession(id, { status: context.signal.aborted ? 'ABANDONED' : 'COMPLETED' })
    run.phase = 'checking'
    run.stored = await readBack(id, context)
    run.status = recorder.status
    run.phase = 'done'
  } catch (error) {
    run.phase = 'failed'
    run.failure = failureOf(error)
  } finally {
    if (recorder) run.status = recorder.status
    await recorder?.close({ waitFor: 'nothing' })
  }
}

function createSession({ candidateId, interview }: SessionPlan, { api }: RunContext) {
  const { question, timeLimitSec, description } = interview
  return api.createSession({
    candidateId,
    question,
    timeLimit: timeLimitSec,
    metadata: { simulated: true, description },
  })
}

async function play(run: SessionRun, recorder: Recorder, context: RunContext): Promise<void> {
  const { clock, latency } = context
  const timer = new AckTimer(latency)
  run.status = recorder.status
  run.phase = 'playing'
  recorder.on('status', (status) => {
    run.status = status
    timer.acked(status.receivedSeq, clock.nowMs())
  })
  await playInterview({
    ...context,
    interview: run.plan.interview,
    recorder,
    onRecorded: (seq) => timer.recorded(seq, clock.nowMs()),
  })
}

/**
 * Waits until all that was recorded is committed, before the session is closed: a tab that is told that the
 * interview is over has nothing left to send. Unbounded, unless it was interrupted: a service that is down
 * comes back, and the progress line says that it is waited for.
 */
async function confirmed(recorder: Recorder, { signal, clock }: RunContext): Promise<void> {
  const done = recorder.whenCommitted()
  const interrupted = new Promise<void>((resolve) => {
    const limit = () => void clock.sleep(INTERRUPTED_WAIT_MS, new AbortController().signal).then(resolve)
    if (signal.aborted) limit()
    else signal.addEventListener('abort', limit, { once: true })
  })
  await Promise.race([done, interrupted])
}

/** Waits until the session is closed, and counts what it holds. */
async function readBack(sessionId: string, { api, clock }: RunContext): Promise<Stored> {
  const never = new AbortController().signal
  const deadlineMs = clock.nowMs() + CLOSED_WAIT_MS
  let session = await api.getSession(sessionId)
  while (session.status === 'ACTIVE' && clock.nowMs() < deadlineMs) {
    await clock.sleep(CLOSED_POLL_MS, never)
    session = await api.getSession(sessionId)
  }
  const candidates = new Set(
    session.sources.filter(({ role }) => role === 'candidate').map(({ source }) => source),
  )
  const stored: Stored = { committed: session.eventCount, readBack: 0, others: 0, isWhole: true }
  let seq = 0
  for await (const event of api.iterateEvents(sessionId)) {
    if (event.seq !== ++seq) stored.isWhole = false
    if (candidates.has(event.source)) stored.readBack++
    else stored.others++
  }
  stored.committed -= stored.others
  return stored
}

/** Whether all that was sent was acked and committed, and nothing else. */
export function isComplete({ status, stored, phase }: SessionRun): boolean {
  if (status === null || stored === null || phase !== 'done') return false
  const sent = status.recordedSeq
  return (
    status.notKept === 0 &&
    status.rejected.length === 0 &&
    stored.isWhole &&
    [status.receivedSeq, stored.committed, stored.readBack].every((count) => count === sent)
  )
}

function failureOf(error: unknown): string {
  const { code, message } = error as Partial<RecorderError>
  return code === undefined ? String(message) : `${code}: ${message}`
}
