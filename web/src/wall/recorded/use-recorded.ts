import { useCallback, useEffect, useState } from 'react'
import { signOutWhenRefused } from '../../auth/sign-in-state.js'
import { codeOf, type ListedSession } from '../../data/api.js'
import type { Backend } from '../../data/backend.js'
import { joined, pageWithSessions, withNewest } from './recorded-pages.js'

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
  /** Where the older ones begin that are not here; undefined before the first answer. */
  const [cursor, setCursor] = useState<string | null | undefined>(undefined)
  const [failed, setFailed] = useState(false)

  const refresh = useCallback(async () => {
    try {
      const page = await pageWithSessions(backend.api, null)
      setFailed(false)
      setSessions((known) => withNewest(page, known ?? []))
      setCursor((before) => (before === undefined ? page.nextCursor : before))
    } catch (error) {
      if (!signOutWhenRefused(codeOf(error))) setFailed(true)
    }
  }, [backend])

  const more = useCallback(async () => {
    if (typeof cursor !== 'string') return
    try {
      const page = await pageWithSessions(backend.api, cursor)
      setSessions((known) => joined(known ?? [], page.sessions))
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

  return { sessions, hasMore: typeof cursor === 'string', failed, more }
}
