import { useSyncExternalStore } from 'react'

export type Route = { view: 'wall' } | { view: 'session'; sessionId: string } | { view: 'unknown' }

/** The view that a pathname names. */
export function routeOf(pathname: string): Route {
  if (pathname === '/' || pathname === '') return { view: 'wall' }
  const session = /^\/sessions\/([^/]+)\/?$/.exec(pathname)
  const encoded = session?.[1]
  if (encoded === undefined) return { view: 'unknown' }
  try {
    return { view: 'session', sessionId: decodeURIComponent(encoded) }
  } catch {
    return { view: 'unknown' }
  }
}

export const pathOfSession = (sessionId: string): string => `/sessions/${encodeURIComponent(sessionId)}`

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
