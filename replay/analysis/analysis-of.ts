import type { SessionFold } from './session-fold.js'
import { ANALYSIS_VERSION, statsOf } from './stats.js'
import { timelineOf } from './timeline.js'
import type { Analysis } from './types.js'

export interface Saved {
  version: number
  fold: ReturnType<SessionFold['save']>
}

/** What is asked of a fold, and given to it. */
export const analysisOf = (fold: SessionFold): Analysis => ({
  add(events) {
    for (const event of events) fold.add(event)
  },
  get throughSeq() {
    return fold.throughSeq
  },
  stats: (context) => statsOf(fold, context),
  timeline: (options) => timelineOf(fold, options?.buckets),
  save: (): Saved => ({ version: ANALYSIS_VERSION, fold: fold.save() }),
})
