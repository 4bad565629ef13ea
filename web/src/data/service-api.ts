import { createApi } from '../../../client-sdk/src/index.js'
import type {
  AnnotationListView,
  AnnotationView,
  ListedSessionView,
  RedactionListView,
  RedactionView,
  SessionView,
} from '../../../protocol/http/index.js'
import { type ConsoleApi, type ListedSession, MAX_REDACTIONS, type SessionDetails } from './api.js'
import { readQuestion } from './question.js'

const PAGE_SESSIONS = 100
const PAGE_REDACTIONS = 100

/** The console's view of the service's HTTP API. */
export function makeApi(url: string, token: string): ConsoleApi {
  const api = createApi({ url, token })
  return {
    session: async (sessionId) => detailsOf(await api.getSession(sessionId)),
    // The list has all sessions; those that go on are on the wall already.
    async recorded(cursor) {
      const { sessions, nextCursor } = await api.listSessions({
        limit: PAGE_SESSIONS,
        ...(cursor !== null && { cursor }),
      })
      return { sessions: sessions.filter(({ status }) => status !== 'ACTIVE').map(listedOf), nextCursor }
    },
    async annotations(sessionId) {
      const all: AnnotationView[] = []
      for (let after: string | null = '0'; after !== null; ) {
        const page: AnnotationListView = await api.getAnnotations(sessionId, { after })
        all.push(...page.annotations)
        after = page.nextAfter
      }
      return all
    },
    async redactions(sessionId) {
      const all: RedactionView[] = []
      for (let afterId: string | null = '0'; afterId !== null && all.length <= MAX_REDACTIONS; ) {
        const page: RedactionListView = await api.getRedactions(sessionId, {
          afterId,
          limit: PAGE_REDACTIONS,
        })
        all.push(...page.redactions)
        afterId = page.nextAfterId
      }
      return all
    },
    annotate: (sessionId, { id, ...note }) => api.createAnnotation(sessionId, note, { idempotencyKey: id }),
    rate: (sessionId, seq, value) => api.rateInteraction(sessionId, seq, value),
  }
}

const listedOf = (view: ListedSessionView): ListedSession => ({ ...detailsOf(view), counts: view.counts })

function detailsOf(view: SessionView): SessionDetails {
  const { title, language } = readQuestion(view.question)
  return {
    id: view.id,
    candidateId: view.candidateId,
    status: view.status,
    questionTitle: title,
    language,
    timeLimitSec: view.timeLimit,
    startTimeMs: view.startTime,
    endTimeMs: view.endTime,
    eventCount: view.eventCount,
    archive: view.archive.state,
    archiveBytes: view.storageSize,
  }
}
