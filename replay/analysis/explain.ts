import { ExplainedError } from '../../protocol/errors.js'
import type { RecordedEvent } from '../../protocol/events.js'
import { PROVENANCES, type Provenance } from '../../protocol/http/analysis.js'
import {
  FILE_METRICS,
  type FileMetricName,
  isFileMetric,
  isMetric,
  METRICS,
  type MetricName,
  unknownMetric,
} from './metrics.js'
import { Moments } from './moments.js'
import { SessionFold } from './session-fold.js'
import {
  activeStretches,
  awayTimes,
  bursts,
  durationOf,
  idleGaps,
  laterRemarksOf,
  promptsBeforeFirstPass,
  ratingsOf,
  timeToFirstPass,
} from './stats.js'
import { type EventRef, refOf } from './tally.js'
import type { Stretch } from './time-grid.js'
import type { Contribution, LaterRemark, StatsContext } from './types.js'

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
 * @param filePath of which file, for a number of FILE_METRICS: also one that the lists have no room for
 * @throws RecorderError VALIDATION with the names of all metrics for an unknown one, and for one of a file without its path
 */
export function createExplainer(
  metric: string,
  context: StatsContext = NO_CONTEXT,
  filePath?: string,
): Explainer {
  if (!isMetric(metric) && !isFileMetric(metric))
    throw unknownMetric([...Object.keys(METRICS), ...Object.keys(FILE_METRICS)])
  if (isFileMetric(metric) !== (filePath !== undefined)) {
    const which = filePath === undefined ? 'this number is of one file' : 'this number is not of one file'
    throw new ExplainedError('VALIDATION', `filePath: ${which}.`)
  }
  let told: Contribution[] = []
  const fold = new SessionFold((of, event, amount, ofFile) => {
    if (of === metric && ofFile === filePath) told.push({ ...refOf(event), amount })
  })
  const moments = new Moments()
  const remarks = isMetric(metric) ? laterRemarksOf(metric, context) : []
  const isCertain = remarks.length === 0
  return {
    add(events) {
      if (isCertain) told = []
      for (const event of events) {
        if (event.seq > fold.throughSeq) moments.add(event)
        fold.add(event)
      }
      return isCertain ? told : []
    },
    end() {
      const shares = isFileMetric(metric)
        ? provenanceShares(metric, fold, filePath)
        : finalShares(metric, fold, context)
      const all: Contribution[] = shares.map(({ seq, amount }) => ({ ...moments.of(seq), amount }))
      if (!isCertain) all.push(...told, ...sharesOfRemarks(remarks, moments))
      return all.sort((a, b) => a.seq - b.seq)
    },
  }
}

interface Share {
  seq: number
  amount: number
}

/** What is no event stands at the one that it names, else at the last one before its moment. */
function sharesOfRemarks(remarks: readonly LaterRemark[], moments: Moments): Contribution[] {
  const inTime = [...remarks].sort((a, b) => a.atMs - b.atMs)
  const events = moments.lastUntil(inTime.map(({ atMs }) => atMs))
  return events.map((event, i) => {
    const { targetSeq = null } = inTime[i] ?? {}
    const named = targetSeq === null ? null : moments.of(targetSeq)
    return { ...(named === null || named.type === '' ? event : named), amount: 1 }
  })
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

function provenanceShares(
  metric: MetricName | FileMetricName,
  fold: SessionFold,
  filePath?: string,
): Share[] {
  const name = metric.slice((filePath === undefined ? 'provenance.' : 'provenance.files.').length)
  const origin = [...PROVENANCES, 'total' as const].find((one): one is Provenance | 'total' => one === name)
  return origin === undefined
    ? []
    : [...fold.code.charsBySeq(origin, filePath)].map(([seq, amount]) => ({ seq, amount }))
}
