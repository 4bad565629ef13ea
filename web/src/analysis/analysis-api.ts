import type { StatisticsQuery } from '../../../client-sdk/src/api-types.js'
import { createApi } from '../../../client-sdk/src/index.js'
import type {
  ComparedSessionsView,
  ExplanationView,
  SessionDetailView,
  StatisticsView,
} from '../../../protocol/http/index.js'
import { questionKeyOf } from '../../../protocol/question-key.js'
import type { MetricName } from '../../../replay/analysis/index.js'
import type { Backend } from '../data/backend.js'
import { readQuestion } from '../data/question.js'
import type { ExplainedNumber } from './session/breakdowns.js'
import type { Computed } from './session/findings.js'
import type { LaterFlag } from './session/signals.js'

/** Whose session it is. */
export interface AnalysedSession {
  id: string
  candidateId: string
  questionTitle: string | null
  /** By which sessions of the same question are found. */
  questionKey: string | null
  live: boolean
  startTimeMs: number
}

export interface SessionAnalysisData extends Computed {
  session: AnalysedSession
  /** Null where the session names no question. */
  comparison: StatisticsView | null
  /** What was flagged after the close; null where that could not be read. */
  laterFlags: LaterFlag[] | null
  /** When this was read, by this computer's clock, epoch ms: a live session goes on without it. */
  readAtMs: number
}

const ACTIVITY_BUCKETS = 240
const CODE_BUCKETS = 300

const analysed = (view: SessionDetailView): AnalysedSession => ({
  id: view.id,
  candidateId: view.candidateId,
  questionTitle: readQuestion(view.question).title,
  questionKey: questionKeyOf(view.question),
  live: view.status === 'ACTIVE',
  startTimeMs: view.startTime,
})

const apiOf = ({ url, token }: Backend) => createApi({ url, token })

/** All that the view of one session shows; the figures are there without the later flags. Rejects with a RecorderError. */
export async function loadSessionAnalysis(backend: Backend, sessionId: string): Promise<SessionAnalysisData> {
  const api = apiOf(backend)
  const readAtMs = Date.now()
  const viewRead = api.getSession(sessionId)
  const [view, stats, timeline, series, laterFlags] = await Promise.all([
    viewRead,
    api.getStats(sessionId),
    api.getTimeline(sessionId, { buckets: ACTIVITY_BUCKETS }),
    api.getSeries(sessionId, { buckets: CODE_BUCKETS }),
    viewRead.then(({ status }) => (status === 'ACTIVE' ? [] : readLaterFlags(backend, sessionId))),
  ])
  const session = analysed(view)
  const { questionKey } = session
  const comparison =
    questionKey === null ? null : await api.getStatistics({ question: questionKey, sessionId })
  return { session, stats, timeline, series, comparison, laterFlags, readAtMs }
}

/** Null where they can't be read. A flag of an event is among the checkpoints of the timeline. */
const readLaterFlags = ({ api }: Backend, sessionId: string): Promise<LaterFlag[] | null> =>
  api.annotations(sessionId).then(
    (annotations) => annotations.filter(({ kind, source }) => kind === 'flag' && source === null),
    () => null,
  )

/** The first events behind a number. Rejects with a RecorderError. */
export const explain = (
  backend: Backend,
  sessionId: string,
  { metric, filePath }: Omit<ExplainedNumber, 'label'>,
): Promise<ExplanationView> =>
  apiOf(backend).explainStat(sessionId, metric, { ...(filePath !== undefined && { filePath }) })

/** From `atLeast` on, and below `below` where it ends there. */
export interface NumberRange {
  metric: MetricName
  atLeast: number
  below: number | null
}

/** A page of the compared sessions whose number lies in a range. Rejects with a RecorderError. */
export const listCompared = (
  backend: Backend,
  filter: Pick<StatisticsQuery, 'question' | 'fromMs' | 'toMs'>,
  { metric, atLeast, below }: NumberRange,
  cursor: string | null,
): Promise<ComparedSessionsView> =>
  apiOf(backend).getComparedSessions(metric, {
    ...filter,
    atLeast,
    ...(below !== null && { below }),
    ...(cursor !== null && { cursor }),
  })

export interface ComparisonData {
  /** By question, whatever question is chosen. */
  questions: NonNullable<StatisticsView['groups']>
  chosen: StatisticsView
  /** The session that is marked. */
  marked: AnalysedSession | null
}

/** Many sessions side by side, one of them marked. Rejects with a RecorderError. */
export async function loadComparison(
  backend: Backend,
  { sessionId, ...filter }: Pick<StatisticsQuery, 'question' | 'fromMs' | 'toMs' | 'sessionId'>,
): Promise<ComparisonData> {
  const api = apiOf(backend)
  const { question, ...dates } = filter
  const [all, chosen, marked] = await Promise.all([
    api.getStatistics({ ...dates, groupBy: 'question' }),
    api.getStatistics({ ...filter, ...(sessionId !== undefined && { sessionId }) }),
    sessionId === undefined ? null : api.getSession(sessionId).then(analysed),
  ])
  return { questions: all.groups ?? [], chosen, marked }
}
