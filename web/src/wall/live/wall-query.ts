import type { SessionSummary } from '../../../../protocol/socket-events.js'
import { type Attention, timeLeftMs } from './attention.js'

export const SORTS = {
  attention: 'Attention',
  ending: 'Time left',
  newest: 'Newest first',
  title: 'Question',
  candidate: 'Candidate',
} as const
export type Sort = keyof typeof SORTS

export const PRESENCES = { online: 'Live', idle: 'Idle', offline: 'Offline' } as const
export type PresenceFilter = keyof typeof PRESENCES

/** What a proctor asked to see, and in which order. */
export interface WallQuery {
  search: string
  sort: Sort
  /** The title of a question; null for all. */
  question: string | null
  presence: PresenceFilter | null
  needsLook: boolean
}

export const EVERYTHING: WallQuery = {
  search: '',
  sort: 'attention',
  question: null,
  presence: null,
  needsLook: false,
}

export const isFiltered = (query: WallQuery): boolean =>
  query.search !== '' || query.question !== null || query.presence !== null || query.needsLook

/** From an address's query; what can't be read counts as not said. */
export function queryOf(text: string): WallQuery {
  const params = new URLSearchParams(text)
  const [sort, presence] = [params.get('sort') ?? '', params.get('presence') ?? '']
  return {
    search: params.get('q') ?? '',
    sort: Object.hasOwn(SORTS, sort) ? (sort as Sort) : EVERYTHING.sort,
    question: params.get('question'),
    presence: Object.hasOwn(PRESENCES, presence) ? (presence as PresenceFilter) : null,
    needsLook: params.has('look'),
  }
}

/** As an address's query, with its question mark; empty where nothing was asked. */
export function textOf({ search, sort, question, presence, needsLook }: WallQuery): string {
  const params = new URLSearchParams()
  if (search !== '') params.set('q', search)
  if (sort !== EVERYTHING.sort) params.set('sort', sort)
  if (question !== null) params.set('question', question)
  if (presence !== null) params.set('presence', presence)
  if (needsLook) params.set('look', '1')
  const text = params.toString()
  return text === '' ? '' : `?${text}`
}

export interface Rated {
  summary: SessionSummary
  attention: Attention
}

/** Whether a live session is among what was asked for. */
export function isWanted({ summary, attention }: Rated, query: WallQuery): boolean {
  return (
    (query.question === null || summary.questionTitle === query.question) &&
    (query.presence === null || summary.candidate === query.presence) &&
    (!query.needsLook || attention.rank > 0) &&
    matches(summary, query.search)
  )
}

/** Shorter ones are in too many ids by chance. */
const ID_PART_CHARS = 8

/** Whether every word of the search is in what identifies a session. */
export function matches(
  session: { id: string; candidateId: string; questionTitle?: string | null; language?: string | null },
  search: string,
): boolean {
  const text = [session.candidateId, session.questionTitle, session.language].join(' ').toLowerCase()
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word) || (word.length >= ID_PART_CHARS && session.id.includes(word)))
}

/** The ids in the order that was asked for. Of equals the older session is first, so that they stay where they are. */
export function sortedIds(sessions: readonly Rated[], sort: Sort, nowMs: number): string[] {
  const left = ({ summary }: Rated) => timeLeftMs(summary, nowMs) ?? Number.POSITIVE_INFINITY
  const order: Record<Sort, (a: Rated, b: Rated) => number> = {
    attention: (a, b) => b.attention.rank - a.attention.rank,
    newest: (a, b) => b.summary.startTimeMs - a.summary.startTimeMs,
    ending: (a, b) => (left(a) === left(b) ? 0 : left(a) - left(b)),
    title: (a, b) => (a.summary.questionTitle ?? '').localeCompare(b.summary.questionTitle ?? ''),
    candidate: (a, b) => a.summary.candidateId.localeCompare(b.summary.candidateId),
  }
  const byAge = ({ summary: a }: Rated, { summary: b }: Rated) =>
    a.startTimeMs - b.startTimeMs || (a.id < b.id ? -1 : 1)
  return [...sessions].sort((a, b) => order[sort](a, b) || byAge(a, b)).map(({ summary }) => summary.id)
}

/** The order that is on the screen, kept as it is: what came since is at the end, what is not known any more is gone. */
export function keptOrder(
  shownIds: readonly string[],
  wantedIds: readonly string[],
  knownIds: ReadonlySet<string>,
): string[] {
  const kept = new Set(shownIds.filter((id) => knownIds.has(id)))
  return [...kept, ...wantedIds.filter((id) => !kept.has(id))]
}
