import type { ConsoleApi, ListedSession } from '../../data/api.js'

export interface RecordedPage {
  sessions: readonly ListedSession[]
  /** Null: there is nothing older. */
  nextCursor: string | null
}

/** A page with something in it where there is one: those before it may hold live sessions alone, which are not recorded ones. */
export async function pageWithSessions(api: ConsoleApi, cursor: string | null): Promise<RecordedPage> {
  for (let from = cursor; ; ) {
    const page = await api.recorded(from)
    if (page.sessions.length > 0 || page.nextCursor === null) return page
    from = page.nextCursor
  }
}

/** The newest page, read again, with what is known from behind its end. What is gone from within it was erased. */
export function withNewest(newest: RecordedPage, known: readonly ListedSession[]): ListedSession[] {
  const endMs =
    newest.nextCursor === null
      ? Number.NEGATIVE_INFINITY
      : Math.min(...newest.sessions.map(({ startTimeMs }) => startTimeMs))
  return joined(
    newest.sessions,
    known.filter(({ startTimeMs }) => startTimeMs <= endMs),
  )
}

/** Both lists as one, newest first, each session once: as the younger answer has it. */
export function joined(younger: readonly ListedSession[], older: readonly ListedSession[]): ListedSession[] {
  const byId = new Map([...older, ...younger].map((session) => [session.id, session]))
  return [...byId.values()].sort((a, b) => b.startTimeMs - a.startTimeMs)
}
