import { forgetAnalysis, loadAnalysis, storeAnalysis, storeMetrics } from '../../db/analyses.js'
import { currentLaterRemarks, currentRatings } from '../../db/annotations.js'
import type { Database } from '../../db/connect.js'
import { iterateEvents, type Stores } from '../../db/read-events.js'
import { getSession, type SessionRow } from '../../db/sessions.js'
import { inSlices } from '../../db/slices.js'
import type { SessionStats } from '../../protocol/http/index.js'
import { questionKeyOf } from '../../protocol/question-key.js'
import {
  ANALYSIS_VERSION,
  type Analysis,
  createAnalysis,
  metricsOf,
  type StatsContext,
} from '../../replay/analysis/index.js'
import { sessionNotFound } from '../auth/tokens.js'
import type { Turns } from './turns.js'

/** What is computed is stored anew after so many more events; fewer are quickly computed again. */
const STORE_AFTER_EVENTS = 1000

export interface AnalysedSession {
  row: SessionRow
  /** Of all events there were, what is not committed included. It is shared: nobody may add to it. */
  analysis: Analysis
  /** With the annotations of now. */
  stats(): Promise<SessionStats>
}

interface Asked {
  fromZero: boolean
  result: Promise<AnalysedSession>
}

/**
 * What is computed of sessions, continued from what is stored. Requests for one session that come while it is being
 * computed share the next computation: an answer covers all that was there when it was asked for.
 */
export class SessionAnalyses {
  readonly #running = new Map<string, Promise<AnalysedSession>>()
  readonly #next = new Map<string, Asked>()

  constructor(
    readonly stores: Stores,
    readonly turns: Turns,
  ) {}

  /** `fromZero`: from the first event on, whatever is stored. Throws SESSION_NOT_FOUND, StoreError, ArchiveError. */
  of(sessionId: string, fromZero = false): Promise<AnalysedSession> {
    const running = this.#running.get(sessionId)
    if (running === undefined) return this.#start(sessionId, fromZero)
    const next = this.#next.get(sessionId)
    if (next !== undefined) {
      next.fromZero ||= fromZero
      return next.result
    }
    const start = () => {
      this.#next.delete(sessionId)
      return this.#start(sessionId, asked.fromZero)
    }
    const asked: Asked = { fromZero, result: running.then(start, start) }
    this.#next.set(sessionId, asked)
    return asked.result
  }

  /**
   * To be called when a rating, or a note or flag of after the close, was added, changed or removed: it stands in the
   * numbers that sessions are compared by.
   */
  async annotationsChanged(sessionId: string): Promise<void> {
    const { analysis, stats } = await this.of(sessionId)
    const metrics = metricsOf(await stats())
    await storeMetrics(this.stores.db, {
      sessionId,
      version: ANALYSIS_VERSION,
      throughSeq: analysis.throughSeq,
      metrics,
    })
  }

  #start(sessionId: string, fromZero: boolean): Promise<AnalysedSession> {
    const running = this.turns
      .take(() => this.#compute(sessionId, fromZero))
      .finally(() => this.#running.delete(sessionId))
    this.#running.set(sessionId, running)
    return running
  }

  async #compute(sessionId: string, fromZero: boolean): Promise<AnalysedSession> {
    const { stores } = this
    if (fromZero) await forgetAnalysis(stores.db, sessionId)
    const { edition, stored } = await loadAnalysis(stores.db, sessionId, ANALYSIS_VERSION)
    const row = await getSession(stores.db, sessionId)
    if (row === null) throw sessionNotFound()
    const analysis = stored === null ? createAnalysis() : createAnalysis(stored.state)
    const storedSeq = analysis.throughSeq
    const stats = async () => analysis.stats(await statsContextOf(stores.db, row))

    // INVARIANT: what is stored holds committed events alone. Those that are in the buffer may get other seqs at a new
    // epoch [R3], and an analysis can't take an event back.
    const store = async () => {
      const isDue = analysis.throughSeq - storedSeq >= STORE_AFTER_EVENTS || row.status !== 'ACTIVE'
      if (analysis.throughSeq === storedSeq || !isDue) return
      await storeAnalysis(stores.db, {
        sessionId,
        version: ANALYSIS_VERSION,
        throughSeq: analysis.throughSeq,
        edition,
        state: analysis.save(),
        metrics: metricsOf(await stats()),
        questionKey: questionKeyOf(row.question),
      })
    }
    let isStored = false
    for await (const events of inSlices(iterateEvents(stores, sessionId, { afterSeq: storedSeq }))) {
      const uncommitted = events.findIndex((event) => event.seq > row.eventCount)
      if (uncommitted < 0) {
        analysis.add(events)
        continue
      }
      analysis.add(events.slice(0, uncommitted))
      if (!isStored) await store()
      isStored = true
      analysis.add(events.slice(uncommitted))
    }
    if (!isStored) await store()
    return { row, analysis, stats }
  }
}

/** What statistics need to know that is not in the events, as of now. */
export async function statsContextOf(db: Database, row: SessionRow): Promise<StatsContext> {
  const [ratings, laterRemarks] = await Promise.all([
    currentRatings(db, row.id),
    currentLaterRemarks(db, row.id),
  ])
  return {
    sessionId: row.id,
    status: row.status,
    startMs: row.startTime.getTime(),
    endMs: row.endTime?.getTime() ?? null,
    ratings,
    laterRemarks,
  }
}
