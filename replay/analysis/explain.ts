import { ExplainedError } from '../../protocol/errors.js'
import type { RecordedEvent } from '../../protocol/events.js'
import { PROVENANCES, type Provenance } from '../../protocol/http/analysis.js'
import { isMetric, METRICS, type MetricName } from './metrics.js'
import { Moments } from './moments.js'
import { SessionFold } from './session-fold.js'
import {
  activeStretches,
  awayTimes,
  bursts,
  durationOf,
  idleGaps,
  promptsBeforeFirstPass,
  ratingsOf,
  timeToFirstPass,
} from './stats.js'
import { type EventRef, refOf } from './tally.js'
import type { Stretch } from './time-grid.js'
import type { Contribution, StatsContext } from './types.js'

export interface Explainer {
  /** The next events, in seq order; returns the contributions that are certain already. */
  add(events: readonly RecordedEvent[]): Contribution[]
  /** The contributions that only the whole session shows, in seq order. To be asked once, behind the last event. */
  end(): Contribution[]
}

const NO_CONTEXT: StatsContext = { sessionId: '', status: '', startMs: 0, endMs: null, ratings: new Map() }

/**
 * Which events made a number, and by how much each: METRICS says whether the number is the sum, the mean, the
 * smallest or the largest of the amounts. It is told by the fold that computes the number. `context` is that of
 * the statistics: without it, ratings given later are not known, nor when the session began.
 * @throws RecorderError VALIDATION with the names of all metrics for an unknown one
 */
export function createExplainer(metric: string, context: StatsContext = NO_CONTEXT): Explainer {
  if (!isMetric(metric)) {
    const metrics = Object.keys(METRICS)
    throw new ExplainedError(
      'VALIDATION',
      'metric: there is none of this name; details.metrics has them all.',
      {
        metrics,
      },
    )
  }
  let told: Contribution[] = []
  const fold = new SessionFold((of, event, amount) => {
    if (of === metric) told.push({ ...refOf(event), amount })
  })
  const moments = new Moments()
  return {
    add(events) {
      told = []
      for (const event of events) {
        if (event.seq > fold.throughSeq) moments.add(event)
        fold.add(event)
      }
      return told
    },
    end() {
      const shares = finalShares(metric, fold, context)
      return shares.map(({ seq, amount }) => ({ ...moments.of(seq), amount })).sort((a, b) => a.seq - b.seq)
    },
  }
}

interface Share {
  seq: number
  amount: number
}

/** The shares in numbers that are not counted event by event. */
function finalShares(metric: MetricName, fold: SessionFold, context: StatsContext): Share[] {
  const share = ({ seq }: EventRef, amount: number): Share => ({ seq, amount })
  const ones = (events: readonly EventRef[]): Share[] => events.map((event) => share(event, 1))
  const lengths = (stretches: readonly Stretch[]): Share[] =>
    stretches.map((stretch) =>
      share(stretch.first, (stretch.last.timestamp - stretch.first.timestamp) / 1000),
    )
  const { extent } = fold
  switch (metric) {
    case 'duration': {
      const duration = durationOf(fold, context)
      return extent === null || duration === null ? [] : [share(extent.last, duration)]
    }
    case 'activityTimeline.firstEvent':
      return extent === null ? [] : [share(extent.first, extent.first.timestamp)]
    case 'activityTimeline.lastEvent':
      return extent === null ? [] : [share(extent.last, extent.last.timestamp)]
    case 'activityTimeline.totalActiveTime':
      return lengths(activeStretches(fold))
    case 'activityTimeline.idleGaps.count':
      return ones(idleGaps(fold).map((gap) => gap.event))
    case 'activityTimeline.idleGaps.totalSeconds':
    case 'activityTimeline.idleGaps.longestSeconds':
      return idleGaps(fold).map((gap) => share(gap.event, gap.ms / 1000))
    case 'activityTimeline.editBursts.count':
      return ones(bursts(fold).map((burst) => burst.first))
    case 'activityTimeline.editBursts.totalSeconds':
    case 'activityTimeline.editBursts.longestSeconds':
      return lengths(bursts(fold))
    case 'focus.awayCount':
      return ones(awayTimes(fold, context).map((away) => away.event))
    case 'focus.awaySeconds':
    case 'focus.longestAwaySeconds':
      return awayTimes(fold, context).map((away) => share(away.event, away.ms / 1000))
    case 'claudeInteractions.aiTurnsBeforeFirstPass':
      return ones(promptsBeforeFirstPass(fold) ?? [])
    case 'claudeInteractions.averagePromptQuality':
      return ratingsOf(fold, context).map(({ event, quality }) => share(event, quality))
    case 'testExecution.timeToFirstPass': {
      const { firstPass } = fold.tests
      return firstPass === null ? [] : [share(firstPass, timeToFirstPass(fold, context) ?? 0)]
    }
    case 'pastes.count':
      return ones(fold.pastes.inOrderOfTime())
    case 'pastes.outsideCount':
      return ones(fold.pastes.inOrderOfTime().filter((paste) => paste.from === 'outside'))
    case 'pastes.totalChars':
    case 'pastes.largestChars':
      return charsOf(fold, () => true)
    case 'pastes.outsideChars':
      return charsOf(fold, (from) => from === 'outside')
    default:
      return metric.startsWith('provenance.') ? provenanceShares(metric, fold) : []
  }
}

function charsOf(fold: SessionFold, counts: (from: string) => boolean): Share[] {
  return fold.pastes
    .inOrderOfTime()
    .flatMap(({ seq, lengthChars, from }) =>
      lengthChars === null || !counts(from) ? [] : [{ seq, amount: lengthChars }],
    )
}

function provenanceShares(metric: string, fold: SessionFold): Share[] {
  const name = metric.slice('provenance.'.length)
  const origin = [...PROVENANCES, 'total' as const].find((one): one is Provenance | 'total' => one === name)
  return origin === undefined
    ? []
    : [...fold.code.charsBySeq(origin)].map(([seq, amount]) => ({ seq, amount }))
}
