import { useSyncExternalStore } from 'react'

export type Route =
  | { view: 'wall' }
  | { view: 'session'; sessionId: string }
  | { view: 'session-analysis'; sessionId: string }
  | { view: 'comparison' }
  | { view: 'unknown' }

/** The view that a pathname names. */
export function routeOf(pathname: string): Route {
  if (pathname === '/' || pathname === '') return { view: 'wall' }
  if (/^\/analysis\/?$/.test(pathname)) return { view: 'comparison' }
  const session = /^\/sessions\/([^/]+)(\/analysis)?\/?$/.exec(pathname)
  const encoded = session?.[1]
  if (encoded === undefined) return { view: 'unknown' }
  try {
    const sessionId = decodeURIComponent(encoded)
    return { view: session?.[2] === undefined ? 'session' : 'session-analysis', sessionId }
  } catch {
    return { view: 'unknown' }
  }
}

export const pathOfSession = (sessionId: string): string => `/sessions/${encodeURIComponent(sessionId)}`

export const pathOfAnalysis = (sessionId: string): string => `${pathOfSession(sessionId)}/analysis`

const MOVED = 'console:moved'

/** Goes to a path of the console without loading the page again. */
export function goTo(path: string): void {
  history.pushState(null, '', path)
  dispatchEvent(new Event(MOVED))
}

function onMoved(listener: () => void): () => void {
  addEventListener('popstate', listener)
  addEventListener(MOVED, listener)
  return () => {
    removeEventListener('popstate', listener)
    removeEventListener(MOVED, listener)
  }
}

/** The current pathname; renders again when it changes. */
export const usePathname = (): string => useSyncExternalStore(onMoved, () => location.pathname)

/** The current query of the address, with its question mark; renders again when it changes. */
export const useSearch = (): string => useSyncExternalStore(onMoved, () => location.search)
