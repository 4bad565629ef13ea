import { useEffect, useState, useSyncExternalStore } from 'react'
import { createLobby } from '../../../../client-sdk/src/index.js'
import { signOutWhenRefused } from '../../auth/sign-in-state.js'
import type { Backend } from '../../data/backend.js'
import { LiveSessions, type LiveView } from './live-sessions.js'

const NOTHING_YET: LiveView = { sessions: null, state: 'connecting', isUnanswered: false, atMs: Date.now() }
const never = () => () => {}

/** The live sessions, as the service pushes them; the page stays connected while the wall is shown. */
export function useLiveSessions({ url, token }: Backend): { live: LiveSessions | null; view: LiveView } {
  const [live, setLive] = useState<LiveSessions | null>(null)
  useEffect(() => {
    const opened = new LiveSessions({
      url,
      token,
      openLobby: createLobby,
      nowMs: Date.now,
      onRefused: (code) => signOutWhenRefused(code),
    })
    setLive(opened)
    return () => opened.stop()
  }, [url, token])
  const view = useSyncExternalStore(live?.subscribe ?? never, live?.current ?? (() => NOTHING_YET))
  return { live, view }
}
