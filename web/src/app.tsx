import { lazy, Suspense, useEffect, useMemo } from 'react'
import { SignInScreen } from './auth/sign-in-screen.js'
import { useSignIn } from './auth/sign-in-state.js'
import type { Backend } from './data/backend.js'
import { ServerClock } from './data/server-clock.js'
import { makeApi } from './data/service-api.js'
import { routeOf, usePathname } from './routing.js'
import { FailureScreen } from './ui/failure-notice.js'
import { Icon } from './ui/icon.js'
import { Link } from './ui/link.js'
import { Wall } from './wall/wall.js'

// Editor and terminal come with the player; the wall must not wait for them.
const loadPlayer = () => import('./player/player.js')
const Player = lazy(loadPlayer)
// The plots come with the analysis.
const SessionAnalysis = lazy(() => import('./analysis/session-analysis.js'))
const Comparison = lazy(() => import('./analysis/comparison.js'))
const PLAYER_AHEAD_MS = 1500

export function App() {
  const { token, refusal } = useSignIn()
  if (token === null) return <SignInScreen refusal={refusal} />
  return <SignedIn key={token} token={token} />
}

function SignedIn({ token }: { token: string }) {
  const route = routeOf(usePathname())
  const backend = useMemo((): Backend => {
    const url = location.origin
    return { url, token, api: makeApi(url, token), clock: new ServerClock(url) }
  }, [token])
  useEffect(() => {
    backend.clock.start()
    return () => backend.clock.stop()
  }, [backend])

  // Whoever looks at the wall opens a session next.
  useEffect(() => {
    const timer = setTimeout(() => void loadPlayer(), PLAYER_AHEAD_MS)
    return () => clearTimeout(timer)
  }, [])

  switch (route.view) {
    case 'wall':
      return <Wall backend={backend} />
    case 'session':
      return (
        <Suspense fallback={<div className="player-waiting" role="status" aria-label="Loading" />}>
          <Player key={route.sessionId} backend={backend} sessionId={route.sessionId} />
        </Suspense>
      )
    case 'session-analysis':
      return (
        <Suspense fallback={<div className="player-waiting" role="status" aria-label="Loading" />}>
          <SessionAnalysis key={route.sessionId} backend={backend} sessionId={route.sessionId} />
        </Suspense>
      )
    case 'comparison':
      return (
        <Suspense fallback={<div className="player-waiting" role="status" aria-label="Loading" />}>
          <Comparison backend={backend} />
        </Suspense>
      )
    case 'unknown':
      return (
        <FailureScreen>
          <div className="notice">
            <Icon name="search" />
            <div>
              <strong>There is nothing at this address</strong>
              <p>It may be incomplete. A session’s address is /sessions/ and its id.</p>
              <p className="notice-actions">
                <Link href="/" className="button button-outlined">
                  All sessions
                </Link>
              </p>
            </div>
          </div>
        </FailureScreen>
      )
  }
}
