import { isCheckpoint } from '../../../../protocol/event-types.js'
import type { RecordedEvent } from '../../../../protocol/events.js'
import { createAnalysis, createSeries } from '../../../../replay/analysis/index.js'
import type { Computed } from '../session/findings.js'

export const START_MS = 1_700_000_000_000

export interface Happening {
  /** Minutes since the start. */
  at: number
  type: string
  data?: object
  fileId?: string
}

/** What the service computes of these events, by the code that it uses. */
export function computedOf(
  happenings: readonly Happening[],
  { live = false, minutes = 60 }: { live?: boolean; minutes?: number } = {},
): Computed {
  const events: RecordedEvent[] = happenings.map(({ at, type, data = {}, fileId = null }, i) => ({
    seq: i + 1,
    type,
    timestamp: START_MS + at * 60_000,
    data,
    fileId,
    checkpoint: isCheckpoint(type, data, undefined),
    source: 1,
    sourceSeq: i + 1,
  }))
  const context = {
    sessionId: 's',
    status: live ? 'ACTIVE' : 'COMPLETED',
    startMs: START_MS,
    endMs: live ? null : START_MS + minutes * 60_000,
    ratings: new Map(),
  }
  const analysis = createAnalysis()
  const series = createSeries()
  analysis.add(events)
  series.add(events)
  return {
    stats: analysis.stats(context),
    timeline: analysis.timeline({ buckets: 60 }),
    series: series.series(context, 60),
  }
}

export const edit = (at: number, text: string, origin = 'typed'): Happening => ({
  at,
  type: 'code_edit',
  data: { changes: [[0, 0, text]], origin },
  fileId: 'a.ts',
})

/** A run and its results, a second apart. */
export const testRun = (at: number, passed: number, failed: number): Happening[] => [
  { at, type: 'test_run_start', data: { testCount: passed + failed } },
  ...Array.from({ length: passed + failed }, (_, i) => ({
    at: at + (i + 1) / 60,
    type: 'test_result',
    data: { testName: `t${i}`, passed: i < passed },
  })),
]

export const turn = (at: number, role: string, more: object = {}): Happening => ({
  at,
  type: 'ai_interaction',
  data: { role, content: '…', ...more },
})
