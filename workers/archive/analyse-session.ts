import { type Edition, loadAnalysis, storeAnalysis } from '../../db/analyses.js'
import { currentLaterRemarks, currentRatings } from '../../db/annotations.js'
import { iterateEvents, type Stores } from '../../db/read-events.js'
import type { SessionRow } from '../../db/sessions.js'
import { inSlices } from '../../db/slices.js'
import type { RecordedEvent } from '../../protocol/events.js'
import { questionKeyOf } from '../../protocol/question-key.js'
import {
  ANALYSIS_VERSION,
  type Analysis,
  createAnalysis,
  createSeries,
  metricsOf,
  type StatsContext,
} from '../../replay/analysis/index.js'

/** Enough for a drawing of the whole session. */
const DENSITY_BUCKETS = 200
/** Series of more turns and signals than people make are computed when they are asked for: metadata.json is to be small. */
const MAX_SERIES_CHARS = 256 * 1024

/** Computes the statistics of a closed session from its first event on, whatever was computed while it was live. */
export class ClosedSessionAnalysis {
  // One fold for the numbers and for where they have a place in time.
  readonly #series = createSeries()

  private constructor(
    private readonly stores: Stores,
    private readonly row: SessionRow,
    private readonly edition: Edition,
  ) {}

  /** To be begun before the first event is read: what changes from then on is told by the edition. Throws StoreError. */
  static async begin(stores: Stores, row: SessionRow): Promise<ClosedSessionAnalysis> {
    const { edition } = await loadAnalysis(stores.db, row.id, ANALYSIS_VERSION)
    return new ClosedSessionAnalysis(stores, row, edition)
  }

  /** The next events, in seq order. Throws whatever the analysis throws. */
  add(events: readonly RecordedEvent[]): void {
    this.#series.add(events)
  }

  /** Stores the statistics of all events, and answers what the archive says of them. Throws StoreError. */
  async finish(): Promise<Record<string, unknown>> {
    const { stores, row, edition } = this
    const analysis = this.#series.analysis() ?? (await this.#computedAlone())
    const context: StatsContext = {
      sessionId: row.id,
      status: row.status,
      startMs: row.startTime.getTime(),
      endMs: row.endTime?.getTime() ?? null,
      ratings: await currentRatings(stores.db, row.id),
      laterRemarks: await currentLaterRemarks(stores.db, row.id),
    }
    const stats = analysis.stats(context)
    await storeAnalysis(stores.db, {
      sessionId: row.id,
      version: ANALYSIS_VERSION,
      throughSeq: analysis.throughSeq,
      edition,
      state: analysis.save(),
      metrics: metricsOf(stats),
      questionKey: questionKeyOf(row.question),
    })
    const { firstMs, lastMs, durationMs, density, idleGaps } = analysis.timeline({ buckets: DENSITY_BUCKETS })
    return {
      ...stats,
      timeline: { firstMs, lastMs, durationMs, density, idleGaps },
      ...withinBound({ series: this.#series.series(context) }),
    }
  }

  /** A session so large that the series reach a bound before its numbers do is read once more. */
  async #computedAlone(): Promise<Analysis> {
    const analysis = createAnalysis()
    for await (const slice of inSlices(eventsOf(this.stores, this.row))) analysis.add(slice)
    return analysis
  }
}

/** The whole of it for a session that is read for nothing else. Throws StoreError, and whatever the analysis throws. */
export async function analyseSession(stores: Stores, row: SessionRow): Promise<void> {
  const analysis = await ClosedSessionAnalysis.begin(stores, row)
  for await (const slice of inSlices(eventsOf(stores, row))) analysis.add(slice)
  await analysis.finish()
}

/** What comes later makes a new generation, which computes anew. */
const eventsOf = (stores: Stores, row: SessionRow): AsyncIterable<RecordedEvent[]> =>
  iterateEvents(stores, row.id, { throughSeq: row.eventCount })

const withinBound = <T extends object>(value: T): T | object =>
  JSON.stringify(value).length <= MAX_SERIES_CHARS ? value : {}
