import { useCallback, useEffect, useState } from 'react'
import { signOutWhenRefused } from '../../auth/sign-in-state.js'
import { codeOf, type ListedSession } from '../../data/api.js'
import type { Backend } from '../../data/backend.js'

export interface Recorded {
  /** null before the first answer. */
  sessions: readonly ListedSession[] | null
  hasMore: boolean
  /** The last question was not answered. */
  failed: boolean
  more: () => void
}

/** Archives are written a while after the close; the newest page is read again this often. */
const REFRESH_MS = 10_000

/** The recorded sessions, page by page. `closedCount` is anything that changes when a session was closed. */
export function useRecorded(backend: Backend, closedCount: unknown): Recorded {
  const [sessions, setSessions] = useState<readonly ListedSession[] | null>(null)
  const [cursor, setCursor] = useState<string | null>(null)
  const [failed, setFailed] = useState(false)

  const refresh = useCallback(async () => {
    try {
      const page = await backend.api.recorded(null)
      setFailed(false)
      setSessions((known) => merged(page.sessions, known ?? []))
      setCursor((before) => before ?? page.nextCursor)
    } catch (error) {
      if (!signOutWhenRefused(codeOf(error))) setFailed(true)
    }
  }, [backend])

  const more = useCallback(async () => {
    if (cursor === null) return
    try {
      const page = await backend.api.recorded(cursor)
      setSessions((known) => merged(known ?? [], page.sessions))
      setCursor(page.nextCursor)
    } catch (error) {
      if (!signOutWhenRefused(codeOf(error))) setFailed(true)
    }
  }, [backend, cursor])

  // biome-ignore lint/correctness/useExhaustiveDependencies: a session that closed is a reason to look again
  useEffect(() => {
    void refresh()
    const timer = setInterval(() => void refresh(), REFRESH_MS)
    return () => clearInterval(timer)
  }, [refresh, closedCount])

  return { sessions, hasMore: cursor !== null, failed, more }
}

/** Both lists as one, newest first, each session once: as the younger answer has it. */
function merged(younger: readonly ListedSession[], older: readonly ListedSession[]): ListedSession[] {
  const byId = new Map([...older, ...younger].map((session) => [session.id, session]))
  return [...byId.values()].sort((a, b) => b.startTimeMs - a.startTimeMs)
}
