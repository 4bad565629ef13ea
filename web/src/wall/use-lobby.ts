import { useEffect, useRef, useState } from 'react'
import { createLobby, type LobbyState } from '../../../client-sdk/src/index.js'
import type { SessionSummary } from '../../../protocol/socket-events.js'
import { signOutWhenRefused } from '../auth/sign-in-state.js'
import type { Backend } from '../data/backend.js'
import { Activity } from './activity.js'

export interface Lobby {
  /** null before the first answer. */
  sessions: readonly SessionSummary[] | null
  state: LobbyState
  activity: Activity
}

/** The live sessions, as the service pushes them: once a second at most. */
export function useLobby(backend: Backend): Lobby {
  const [sessions, setSessions] = useState<readonly SessionSummary[] | null>(null)
  const [state, setState] = useState<LobbyState>('connecting')
  const activity = useRef(new Activity()).current
  useEffect(() => {
    const lobby = createLobby({
      url: backend.url,
      token: backend.token,
      onSessions: (pushed) => {
        const nowMs = Date.now()
        for (const { id, eventCount } of pushed) activity.record(id, eventCount, nowMs)
        activity.keepOnly(new Set(pushed.map(({ id }) => id)))
        setSessions(pushed)
      },
      onStatus: ({ state: next, error }) => {
        if (next === 'refused' && signOutWhenRefused(error?.code)) return
        setState(next)
      },
    })
    return () => lobby.stop()
  }, [backend, activity])
  return { sessions, state, activity }
}
