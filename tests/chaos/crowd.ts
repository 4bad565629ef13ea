import { randomUUID } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { createApi } from '../../client-sdk/src/api.js'
import type { SessionApi } from '../../client-sdk/src/api-types.js'
import { memoryOutbox, type Outbox, readAll } from '../../client-sdk/src/outbox.js'
import { createRecorder } from '../../client-sdk/src/recorder.js'
import type { Recorder } from '../../client-sdk/src/recorder-types.js'
import { seeded } from '../support/generate.js'
import { CandidateClock, candidateEnvironment } from './candidate-environment.js'
import type { Load } from './load.js'
import { pause } from './pause.js'
import type { Rig } from './rig.js'
import { SessionLog } from './session-log.js'
import { watch } from './watching.js'

export interface CrowdOptions {
  candidates: number
  /** Of each candidate. */
  eventsPerSecond: number
  /** How long a session goes on before it is closed and the candidate's place is another's. */
  sessionMs: number
  seed: number
  load: Load
  /** A text that candidates type, and that no log may hold. */
  canary: string
}

/** Every so many-th candidate is watched, by two from the first event on, and by one who comes later. */
const WATCHED_EVERY = 20
const LATE_WATCHER_AFTER_MS = 10_000
/** For so long after its end a session is still watched. */
const WATCHED_ON_MS = 30_000
/** Every so many-th candidate's clock is off by a day. */
const WRONG_CLOCK_EVERY = 10
/** Every so many-th candidate's page is gone for good with its last ack, and its disk with it. */
const GONE_EVERY = 8
const DAY_MS = 24 * 3_600_000
const STARTS_WITHIN_MS = 8_000
/** Calls of the platform's backend are repeated for as long as a fault may last. */
const API_RETRIES = 200
/** How long a page waits for the commit after its session was closed, and is then opened again. */
const COMMIT_TIMEOUT_MS = 30_000
const COME_BACK_AFTER_MS = 2_000
const COME_BACK_FOR_MS = 120_000

/** The candidates of a run: each records session after session with the real recorder, through the rig's network. */
export class Crowd {
  readonly sessions: SessionLog[] = []
  /** What befell candidates that is nobody's doing. */
  readonly accidents: string[] = []
  readonly #leaving = new AbortController()
  readonly #running: Promise<void>[] = []
  readonly #api: SessionApi

  constructor(
    readonly rig: Rig,
    readonly options: CrowdOptions,
    readonly serviceToken: string,
  ) {
    setMaxListeners(0, this.#leaving.signal)
    this.#api = createApi({ url: rig.network.url, token: serviceToken, retries: API_RETRIES })
  }

  start(): void {
    const { candidates } = this.options
    for (let n = 0; n < candidates; n++) {
      const running = this.#candidate(n).catch((error) => {
        this.accidents.push(`candidate ${n}: ${error}`)
      })
      this.#running.push(running)
    }
  }

  /** Those that record at the moment. */
  recording(): SessionLog[] {
    return this.sessions.filter(({ phase }) => phase === 'recording')
  }

  get recordedEvents(): number {
    return sum(this.sessions.map(({ events }) => events.length))
  }

  get ackedEvents(): number {
    return sum(this.sessions.map(({ ackedSeq }) => ackedSeq))
  }

  /** All submit and close; resolves when the last of them is through. */
  async leave(): Promise<void> {
    this.#leaving.abort()
    await Promise.all(this.#running)
  }

  async #candidate(n: number): Promise<void> {
    const { seed, candidates } = this.options
    const random = seeded(seed * 1_000_003 + n)
    const { signal } = this.#leaving
    await pause((STARTS_WITHIN_MS * n) / candidates, signal)
    while (!signal.aborted) await this.#session(n, random)
  }

  async #session(n: number, random: () => number): Promise<void> {
    const { rig, options } = this
    const { id, candidateToken } = await this.#api.createSession({
      candidateId: `chaos-${n}-${randomUUID()}`,
    })
    const clock = new CandidateClock(n % WRONG_CLOCK_EVERY === 1 ? (random() < 0.5 ? DAY_MS : -DAY_MS) : 0)
    const outbox = memoryOutbox()
    const recorder = createRecorder(
      { url: rig.network.url, token: candidateToken, keystrokeSampling: 1, outbox },
      candidateEnvironment(clock, rig.weather),
    )
    const log = new SessionLog(id, recorder.sourceId)
    this.sessions.push(log)
    recorder.on('status', ({ receivedSeq, committedSeq }) => log.told(receivedSeq, committedSeq, Date.now()))
    // Before the first welcome nobody can know how far a clock is off that is set meanwhile.
    recorder.on('welcome', () => rig.clocks.add(clock))
    if (n % WATCHED_EVERY === 0) {
      log.watched.push(watch(rig.network.url, this.serviceToken, id))
      void pause(LATE_WATCHER_AFTER_MS * random(), this.#leaving.signal).then(() => {
        if (log.phase === 'recording') log.watched.push(watch(rig.network.url, this.serviceToken, id))
      })
    }
    await this.#record(recorder, log, random)
    rig.clocks.delete(clock)
    record(recorder, log, { type: 'session_submit', data: { by: options.canary } })
    const tab = { recorder, outbox, token: candidateToken }
    await (n % GONE_EVERY === 3 ? this.#vanish(tab, log) : this.#close(tab, log, random))
    // One that can't be asked about stays watched.
    void this.#watchersLeave(log).catch(() => {})
  }

  /** Who watched a session leaves some time after its end. One that has not been shown all of it stays, and is found out. */
  async #watchersLeave({ sessionId, watched }: SessionLog): Promise<void> {
    if (watched.length === 0) return
    await pause(WATCHED_ON_MS, this.#leaving.signal)
    if (this.#leaving.signal.aborted) return
    const { eventCount } = await this.#api.getSession(sessionId)
    for (const one of watched) if (one.lastSeq() >= eventCount) one.stop()
  }

  async #record(recorder: Recorder, log: SessionLog, random: () => number): Promise<void> {
    const { load, canary, eventsPerSecond, sessionMs } = this.options
    const endMs = Date.now() + sessionMs * (0.5 + random())
    for (const event of load.interview(random, canary)) {
      if (Date.now() > endMs || this.#leaving.signal.aborted || isOver(recorder)) return
      record(recorder, log, event)
      await pause((1_000 / eventsPerSecond) * 2 * random(), this.#leaving.signal)
    }
  }

  /** From the last ack on what was acked is the service's alone [I1]: nobody will ever send it again. */
  async #vanish({ recorder }: Tab, log: SessionLog): Promise<void> {
    log.phase = 'closing'
    await recorder.whenReceived()
    log.goneAtMs = Date.now()
    await recorder.close({ waitFor: 'nothing' })
    await this.#api.closeSession(log.sessionId, { status: 'COMPLETED' })
    const deadlineMs = Date.now() + COME_BACK_FOR_MS
    while ((await this.#api.getSession(log.sessionId)).status === 'ACTIVE') {
      if (Date.now() > deadlineMs) throw new Error(`${log.sessionId}: its close is not completed`)
      await pause(COME_BACK_AFTER_MS)
    }
    log.completeAtMs = Date.now()
    log.phase = 'over'
  }

  /** The platform closes the session, half of the time while the tab still has events on their way. */
  async #close({ recorder, outbox, token }: Tab, log: SessionLog, random: () => number): Promise<void> {
    log.phase = 'closing'
    // A source that the service has not heard of by the close is refused for good, by design.
    if (random() < 0.5 || log.ackedSeq === 0)
      await recorder.whenReceived().catch((error) => log.endings.push(endingOf(recorder, error)))
    await this.#api.closeSession(log.sessionId, { status: 'COMPLETED' })
    // A recorder that hears of the close stops after a while; what is not committed by then is the next page load's.
    const { sourceId } = recorder
    const refusedBy = (one: Recorder) => (error: unknown) => log.endings.push(endingOf(one, error))
    await recorder.close({ waitFor: 'committed', timeoutMs: COMMIT_TIMEOUT_MS }).catch(refusedBy(recorder))
    const deadlineMs = Date.now() + COME_BACK_FOR_MS
    for (let left = await readAll(outbox); left.length > 0; left = await readAll(outbox)) {
      if (Date.now() > deadlineMs)
        throw new Error(`${log.sessionId}: ${left.length} events are not taken: ${log.endings.join('; ')}`)
      log.comebacks++
      await pause(COME_BACK_AFTER_MS)
      const options = { url: this.rig.network.url, token, sourceId, restored: left, outbox }
      const heir = createRecorder(options, candidateEnvironment(new CandidateClock(), this.rig.weather))
      await heir.close({ waitFor: 'committed', timeoutMs: COMMIT_TIMEOUT_MS }).catch(refusedBy(heir))
    }
    log.phase = 'over'
  }
}

/** A page with a recorder, and what outlives it. */
interface Tab {
  recorder: Recorder
  outbox: Outbox
  token: string
}

function endingOf({ status }: Recorder, error: unknown): string {
  const { state, recordedSeq, receivedSeq, committedSeq, error: why } = status
  const code = (error as { code?: string }).code
  return `${code}, ${state} at ${committedSeq}/${receivedSeq}/${recordedSeq}: ${why?.code} ${why?.message}`
}

const isOver = ({ status: { state } }: Recorder): boolean => /closed|refused|superseded/.test(state)

function record(recorder: Recorder, log: SessionLog, event: Parameters<SessionLog['recorded']>[0]): void {
  const seq = recorder.record({ ...event, type: event.type as never })
  if (seq !== log.events.length + 1)
    throw new Error(`${event.type} became seq ${seq} after ${log.events.length}`)
  log.recorded(event, Date.now())
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)
