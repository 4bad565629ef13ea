import { createApi } from '@interviewlm/recorder-sdk/api'
import type { DemoSessionView, DemoView } from '../../../../protocol/http/index.js'
import type { SessionStatus } from '../../../../protocol/session.js'
import type { Access } from './access.js'
import { ClockedFetch } from './clocked-fetch.js'

/** What the candidate's page knows of its session. */
export interface CandidateSession extends Access {
  status: SessionStatus
  startTimeMs: number
  timeLimitSec: number | null
  /** The service's clock minus this computer's, as it was opened; null: not known. */
  clockOffsetMs: number | null
  /** Whether the service has a model to ask; null: to be found out by asking. */
  chat: boolean | null
}

export type RefusalCode =
  | 'TOKEN_EXPIRED'
  | 'TOKEN_INVALID'
  | 'SESSION_NOT_FOUND'
  | 'NO_DEMO'
  | 'UNREACHABLE'
  | 'BUSY'

/** Why there is no way in; the code is the service's, or says what happened on the way. */
export class Refusal extends Error {
  override readonly name = 'Refusal'

  constructor(readonly code: RefusalCode) {
    super(code)
  }
}

/** The session that an access opens. @throws Refusal */
export async function openSession({ sessionId, token }: Access): Promise<CandidateSession> {
  const clocked = new ClockedFetch()
  const session = await createApi({ url: location.origin, token, retries: 1, fetch: clocked.fetch })
    .getSession(sessionId)
    .catch((error: { code?: string }) => {
      throw refusalOf(error.code ?? '')
    })
  return {
    sessionId,
    token,
    status: session.closing ? 'COMPLETED' : session.status,
    startTimeMs: session.startTime,
    timeLimitSec: session.timeLimit,
    clockOffsetMs: clocked.offsetMs,
    chat: null,
  }
}

/** Whether anybody may have an interview here, and with what. @throws Refusal */
export const askDemo = (): Promise<DemoView> => call<DemoView>('GET', '/v1/demo')

/** An interview for whoever asks. @throws Refusal */
export async function startDemo(): Promise<CandidateSession> {
  const { sessionId, candidateToken, chat } = await call<DemoSessionView>('POST', '/v1/demo/sessions')
  return { ...(await openSession({ sessionId, token: candidateToken })), chat }
}

async function call<T>(method: string, path: string): Promise<T> {
  const response = await fetch(path, { method }).catch(() => {
    throw new Refusal('UNREACHABLE')
  })
  if (response.ok) return (await response.json()) as T
  const { error } = (await response.json().catch(() => ({ error: { code: '' } }))) as {
    error: { code: string }
  }
  throw response.status === 404 ? new Refusal('NO_DEMO') : refusalOf(error.code)
}

function refusalOf(code: string): Refusal {
  switch (code) {
    case 'TOKEN_EXPIRED':
    case 'SESSION_NOT_FOUND':
      return new Refusal(code)
    case 'TOKEN_INVALID':
    case 'TOKEN_MISSING':
    case 'ROLE_FORBIDDEN':
      return new Refusal('TOKEN_INVALID')
    case 'RATE_LIMITED':
      return new Refusal('BUSY')
    default:
      return new Refusal('UNREACHABLE')
  }
}
