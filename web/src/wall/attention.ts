import type { SessionSummary } from '../../../protocol/socket-events.js'
import { clock, span } from '../ui/format.js'

/** Why a proctor should look at a session. Higher ranks first; 0 means nothing stands out. */
export interface Attention {
  rank: number
  /** In words, the most pressing first. */
  reasons: string[]
}

/** Thinking is no reason to look; silence this long is. */
const IDLE_WORTH_A_LOOK_MS = 3 * 60_000
const NEAR_THE_END_MS = 5 * 60_000

/** Milliseconds until the time limit, negative beyond it; null without one. */
export const timeLeftMs = (session: SessionSummary, nowMs: number): number | null =>
  session.timeLimit === null ? null : session.startTimeMs + session.timeLimit * 1000 - nowMs

export const timeLeftText = (leftMs: number): string => `${clock(leftMs)} left`

/** `nowMs` is the server's time. */
export function attention(session: SessionSummary, nowMs: number): Attention {
  const found: { rank: number; reason: string }[] = []
  const silentMs = nowMs - (session.lastEventAtMs ?? session.startTimeMs)
  if (session.candidate === 'offline')
    found.push({
      rank: 3,
      reason: session.lastEventAtMs === null ? 'Not connected yet' : `Offline, silent for ${span(silentMs)}`,
    })
  else if (silentMs >= IDLE_WORTH_A_LOOK_MS)
    found.push({ rank: 1, reason: `Nothing happened for ${span(silentMs)}` })

  const leftMs = timeLeftMs(session, nowMs)
  if (leftMs !== null && leftMs < 0) found.push({ rank: 2, reason: `Over time by ${clock(-leftMs)}` })
  else if (leftMs !== null && leftMs < NEAR_THE_END_MS) found.push({ rank: 1, reason: timeLeftText(leftMs) })

  found.sort((a, b) => b.rank - a.rank)
  return { rank: found.reduce((sum, { rank }) => sum + rank, 0), reasons: found.map(({ reason }) => reason) }
}

export const SORTS = {
  attention: 'Attention',
  newest: 'Newest first',
  ending: 'Time left',
  title: 'Question',
} as const
export type Sort = keyof typeof SORTS

/** Live sessions in the order a proctor asked for. Ties keep the older session first, so cards don't jump. */
export function sorted(sessions: readonly SessionSummary[], sort: Sort, nowMs: number): SessionSummary[] {
  const left = (session: SessionSummary) => timeLeftMs(session, nowMs) ?? Number.POSITIVE_INFINITY
  const order: Record<Sort, (a: SessionSummary, b: SessionSummary) => number> = {
    attention: (a, b) => attention(b, nowMs).rank - attention(a, nowMs).rank,
    newest: (a, b) => b.startTimeMs - a.startTimeMs,
    ending: (a, b) => (left(a) === left(b) ? 0 : left(a) - left(b)),
    title: (a, b) => (a.questionTitle ?? '').localeCompare(b.questionTitle ?? ''),
  }
  const byAge = (a: SessionSummary, b: SessionSummary) =>
    a.startTimeMs - b.startTimeMs || (a.id < b.id ? -1 : 1)
  return [...sessions].sort((a, b) => order[sort](a, b) || byAge(a, b))
}

/** Whether every word of the search is in what identifies a session. */
export function matches(
  session: { id: string; candidateId: string; questionTitle?: string | null; language?: string | null },
  search: string,
): boolean {
  const text = [session.candidateId, session.questionTitle, session.language, session.id]
    .join(' ')
    .toLowerCase()
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word))
}
