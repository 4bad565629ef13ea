import { LagHistogram } from './histogram.js'
import { randomOf } from './random.js'
import { rhythmAt } from './rhythm.js'
import type { LagResult, LagScenario } from './scenario.js'
import { Sessions } from './sessions.js'
import { TimeHeap } from './time-heap.js'

/** Twice as long as a session waits to be due, so that the first flushes, all at once, are over. */
const START_MS = 25_000
/** What was received last is committed by then, where it can be. */
const AFTER_MS = 15_000
const LOOK_AGAIN_MS = 5

/**
 * Plays the flush of a whole system: candidates' events come in the rhythm of a real interview, shards fall due, jobs are queued,
 * workers drain them, PostgreSQL commits. Discrete events: no clock is waited for. The same scenario has the same result.
 */
export const simulateLag = (scenario: LagScenario): LagResult => new Simulation(scenario).run()

interface Shard {
  index: number
  due: TimeHeap<number>
  job: 'none' | 'waiting' | 'active'
  /** Asked for while the job runs: it runs once more. */
  isAsked: boolean
}

interface Worker {
  jobs: Set<Job>
  isDead: boolean
  isBusy: boolean
  waiting: (() => void)[]
}

interface Job {
  shard: Shard
  worker: Worker
  round: Round | null
  isDropped: boolean
}

interface Round {
  sessions: { session: number; before: [nextMs: number, position: number] }[]
  receivedMs: number[]
}

class Simulation {
  readonly #scenario: LagScenario
  readonly #random: () => number
  readonly #agenda = new TimeHeap<() => void>()
  readonly #sessions: Sessions
  readonly #shards: Shard[]
  readonly #workers: Worker[]
  readonly #queue: Shard[] = []
  readonly #lags = new LagHistogram()
  readonly #waitingForPostgres: (() => void)[] = []
  readonly #endMs: number
  #nowMs = 0
  #postgresFree: number
  #busyMs = { worker: 0, postgres: 0 }
  #rounds = 0
  #sessionFlushes = 0

  constructor(scenario: LagScenario) {
    this.#scenario = scenario
    const { interviews, eventsPerSec, gapsMs, schedule, workers, postgresCores, seed } = scenario
    this.#random = randomOf(seed)
    this.#endMs = START_MS + scenario.seconds * 1_000
    const gaps = rhythmAt(gapsMs, eventsPerSec)
    this.#sessions = new Sessions({ count: interviews, gaps, shards: schedule.shards, random: this.#random })
    this.#shards = Array.from({ length: schedule.shards }, (_, index) => ({
      index,
      due: new TimeHeap<number>(),
      job: 'none',
      isAsked: false,
    }))
    this.#workers = Array.from({ length: workers }, newWorker)
    this.#postgresFree = postgresCores
  }

  run(): LagResult {
    const { interviews, seconds, failure, workers, postgresCores, schedule } = this.#scenario
    for (let session = 0; session < interviews; session++) this.#putDown(session)
    this.#at(this.#random() * schedule.sweepEveryMs, () => this.#sweep())
    let backlogBefore = 0
    this.#at(START_MS, () => {
      backlogBefore = this.#sessions.backlogAt(this.#nowMs)
    })
    this.#at(START_MS + schedule.dueAfterMs, () => {
      if (failure?.kind === 'worker') this.#killWorker(failure.downMs)
      if (failure?.kind === 'master') {
        const isItsShard = (shard: number) => shard % failure.masters === 0
        this.#sessions.away = { fromMs: this.#nowMs, toMs: this.#nowMs + failure.downMs, isItsShard }
      }
    })
    let backlogAfter = 0
    this.#at(this.#endMs, () => {
      backlogAfter = this.#sessions.backlogAt(this.#nowMs)
    })
    const lastMs = this.#endMs + AFTER_MS
    while (this.#agenda.nextMs <= lastMs) {
      this.#nowMs = this.#agenda.nextMs
      this.#agenda.pop()?.()
    }
    for (let session = 0; session < interviews; session++) {
      for (const receivedMs of this.#sessions.take(session, this.#endMs)) this.#count(receivedMs, lastMs)
    }
    return {
      events: this.#lags.total,
      p50Ms: this.#lags.percentileMs(0.5),
      p99Ms: this.#lags.percentileMs(0.99),
      maxMs: this.#lags.maxMs,
      rounds: this.#rounds,
      sessionFlushes: this.#sessionFlushes,
      workerBusy: this.#busyMs.worker / (seconds * 1_000 * workers),
      postgresBusy: this.#busyMs.postgres / (seconds * 1_000 * postgresCores),
      backlogPerSec: (backlogAfter - backlogBefore) / seconds,
    }
  }

  #at(atMs: number, act: () => void): void {
    this.#agenda.push(atMs, act)
  }

  /** Into the set of its shard, by the time when it is due: as the append and the trim in Redis do. */
  #putDown(session: number): void {
    const { shard, dueMs, isFull } = this.#sessions.dueOf(session, this.#nowMs, this.#scenario.schedule)
    const its = this.#shards[shard] as Shard
    its.due.push(dueMs, session)
    // The batch with which a session is full asks for a flush at once.
    if (isFull) this.#at(dueMs, () => this.#ask(its))
  }

  #sweep(): void {
    for (const shard of this.#shards) if (shard.due.nextMs <= this.#nowMs) this.#ask(shard)
    this.#at(this.#nowMs + this.#scenario.schedule.sweepEveryMs, () => this.#sweep())
  }

  /** A job for each shard, one at a time; what is asked meanwhile is one more after it. */
  #ask(shard: Shard): void {
    if (shard.job === 'active') shard.isAsked = true
    if (shard.job !== 'none') return
    shard.job = 'waiting'
    this.#queue.push(shard)
    this.#handOut()
  }

  #handOut(): void {
    while (this.#queue.length > 0) {
      const free = this.#workers.filter(
        ({ jobs, isDead }) => !isDead && jobs.size < this.#scenario.schedule.flushConcurrency,
      )
      const [first, ...others] = free
      if (first === undefined) return
      const worker = others.reduce((least, one) => (one.jobs.size < least.jobs.size ? one : least), first)
      const shard = this.#queue.shift() as Shard
      const job: Job = { shard, worker, round: null, isDropped: false }
      shard.job = 'active'
      worker.jobs.add(job)
      this.#beginRound(job)
    }
  }

  /** Jobs of a worker share its one thread: each waits for its turn. */
  #beginRound(job: Job): void {
    const { worker } = job
    const begin = () => {
      if (job.isDropped) return
      const round = this.#read(job.shard)
      if (round === null) {
        this.#end(job)
        this.#nextOf(worker)
        return
      }
      job.round = round
      worker.isBusy = true
      const { times } = this.#scenario
      const workMs = times.workerMs(round.sessions.length, round.receivedMs.length)
      this.#busy('worker', workMs)
      this.#at(this.#nowMs + workMs, () => {
        if (job.isDropped) return
        worker.isBusy = false
        this.#nextOf(worker)
        this.#at(this.#nowMs + times.waitMs, () => this.#commitInTurn(job))
      })
    }
    if (worker.isBusy) worker.waiting.push(begin)
    else begin()
  }

  #nextOf(worker: Worker): void {
    if (!worker.isBusy) worker.waiting.shift()?.()
  }

  /** What is due of a shard, as much as one transaction takes; null where nothing is, or its master is away. */
  #read(shard: Shard): Round | null {
    const { schedule, times } = this.#scenario
    if (this.#sessions.isAway(shard.index, this.#nowMs)) return null
    const round: Round = { sessions: [], receivedMs: [] }
    const maxEvents = schedule.maxRoundBytes / times.bytesPerEvent
    while (shard.due.nextMs <= this.#nowMs && round.sessions.length < schedule.maxSessions) {
      if (round.receivedMs.length >= maxEvents) break
      const session = shard.due.pop() as number
      round.sessions.push({ session, before: this.#sessions.placeOf(session) })
      round.receivedMs.push(...this.#sessions.take(session, this.#nowMs))
    }
    return round.sessions.length === 0 ? null : round
  }

  #commitInTurn(job: Job): void {
    if (job.isDropped) return
    const begin = () => {
      const { sessions, receivedMs } = job.round as Round
      const workMs = this.#scenario.times.postgresMs(sessions.length, receivedMs.length)
      this.#postgresFree -= 1
      this.#busy('postgres', workMs)
      this.#at(this.#nowMs + workMs, () => {
        this.#postgresFree += 1
        this.#waitingForPostgres.shift()?.()
        if (!job.isDropped) this.#commit(job)
      })
    }
    if (this.#postgresFree > 0) begin()
    else this.#waitingForPostgres.push(begin)
  }

  #commit(job: Job): void {
    const { sessions, receivedMs } = job.round as Round
    job.round = null
    for (const at of receivedMs) this.#count(at, this.#nowMs)
    for (const { session } of sessions) this.#putDown(session)
    if (this.#isMeasured()) {
      this.#rounds += 1
      this.#sessionFlushes += sessions.length
    }
    // Until nothing of the shard is due, as the job does.
    this.#beginRound(job)
  }

  #end(job: Job): void {
    const { shard, worker } = job
    worker.jobs.delete(job)
    shard.job = 'none'
    if (shard.isAsked) {
      shard.isAsked = false
      this.#ask(shard)
    } else this.#handOut()
  }

  /** Its transactions are undone, and its jobs given to others once their locks have run out and somebody has looked. */
  #killWorker(downMs: number): void {
    const worker = this.#workers.find(({ jobs }) => [...jobs].some(({ round }) => round !== null))
    if (worker === undefined) {
      this.#at(this.#nowMs + LOOK_AGAIN_MS, () => this.#killWorker(downMs))
      return
    }
    const { lockMs, stalledCheckMs } = this.#scenario.schedule
    worker.isDead = true
    worker.isBusy = false
    worker.waiting.length = 0
    for (const job of worker.jobs) {
      job.isDropped = true
      for (const { session, before } of job.round?.sessions ?? []) {
        this.#sessions.putBack(session, before)
        job.shard.due.push(this.#nowMs, session)
      }
      // Locks are renewed when half of them is over.
      const foundMs = lockMs * (0.5 + this.#random() / 2) + stalledCheckMs * this.#random()
      this.#at(this.#nowMs + foundMs, () => {
        job.shard.job = 'none'
        this.#ask(job.shard)
      })
    }
    worker.jobs.clear()
    this.#at(this.#nowMs + downMs, () => {
      worker.isDead = false
      this.#handOut()
    })
  }

  #isMeasured = (): boolean => this.#nowMs >= START_MS && this.#nowMs < this.#endMs

  #busy(what: 'worker' | 'postgres', ms: number): void {
    if (this.#isMeasured()) this.#busyMs[what] += ms
  }

  #count(receivedMs: number, committedMs: number): void {
    if (receivedMs >= START_MS && receivedMs < this.#endMs) this.#lags.add(committedMs - receivedMs)
  }
}

const newWorker = (): Worker => ({ jobs: new Set(), isDead: false, isBusy: false, waiting: [] })
