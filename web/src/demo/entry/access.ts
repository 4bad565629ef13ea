import { payloadOf, takeToken } from '../../auth/token.js'

/** What opens a session to its candidate. */
export interface Access {
  sessionId: string
  token: string
}

const KEY = 'demo.access'

/**
 * The candidate's access: from the address's fragment (`/demo#token=…`), or what this tab had before it was loaded
 * again. The fragment leaves the address bar at once, so that it is neither bookmarked nor shared.
 */
export function takeAccess(): Access | 'damaged' | null {
  const { token, rest } = takeToken(location.hash)
  if (token === null) return keptAccess()
  history.replaceState(null, '', location.pathname + location.search + rest)
  const sessionId = sessionOf(token)
  if (sessionId === null) return 'damaged'
  keepAccess({ sessionId, token })
  return { sessionId, token }
}

export function keepAccess(access: Access | null): void {
  try {
    if (access === null) sessionStorage.removeItem(KEY)
    else sessionStorage.setItem(KEY, JSON.stringify(access))
  } catch {
    // Storage is switched off: the access lives as long as this page.
  }
}

function keptAccess(): Access | null {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as Access | null
  } catch {
    return null
  }
}

/** A candidate's token names its one session. */
function sessionOf(token: string): string | null {
  const claims = payloadOf(token)
  return claims?.role === 'candidate' && typeof claims.sid === 'string' ? claims.sid : null
}
