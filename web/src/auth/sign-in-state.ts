import { useSyncExternalStore } from 'react'
import type { ErrorCode } from '../../../protocol/errors.js'
import { readClaims, type TokenClaims, takeToken } from './token.js'

/** Why a token was turned down: what the server said, in its code, and what the token said of itself. */
export interface SignInRefusal {
  code: ErrorCode
  claims: TokenClaims | null
}

export interface SignIn {
  token: string | null
  refusal: SignInRefusal | null
}

const KEY = 'console.token'
let current: SignIn = { token: null, refusal: null }
const listeners = new Set<() => void>()

/**
 * Takes a token from the address's fragment, or the one that this tab already holds. The fragment leaves the
 * address bar at once, so that it is neither bookmarked nor shared.
 */
export function startSignIn(): void {
  const { token, rest } = takeToken(location.hash)
  if (token !== null) {
    history.replaceState(null, '', location.pathname + location.search + rest)
    keep(token)
  }
  current = { token: token ?? stored(), refusal: null }
  // A link with a new token that is opened in this very tab changes the fragment alone and loads nothing.
  addEventListener('hashchange', () => {
    const later = takeToken(location.hash)
    if (later.token === null) return
    history.replaceState(null, '', location.pathname + location.search + later.rest)
    signIn(later.token)
  })
}

export function signIn(token: string): void {
  keep(token)
  publish({ token, refusal: null })
}

/** Forgets the token. */
export function signOut(): void {
  keep(null)
  publish({ token: null, refusal: null })
}

/** Whether `code` says that only another token can help; then the one in use is forgotten, with that reason. */
export function signOutWhenRefused(code: string | null | undefined): boolean {
  if (code === null || code === undefined || !SIGN_IN_CODES.has(code)) return false
  const claims = current.token === null ? null : readClaims(current.token)
  keep(null)
  publish({ token: null, refusal: { code: code as ErrorCode, claims } })
  return true
}

export const useSignIn = (): SignIn => useSyncExternalStore(subscribe, () => current)

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

const SIGN_IN_CODES: ReadonlySet<string> = new Set([
  'TOKEN_MISSING',
  'TOKEN_INVALID',
  'TOKEN_EXPIRED',
  'ROLE_FORBIDDEN',
])

function publish(next: SignIn): void {
  current = next
  for (const listener of listeners) listener()
}

function stored(): string | null {
  try {
    return sessionStorage.getItem(KEY)
  } catch {
    return null
  }
}

function keep(token: string | null): void {
  try {
    if (token === null) sessionStorage.removeItem(KEY)
    else sessionStorage.setItem(KEY, token)
  } catch {
    // Storage is switched off: the token lives as long as this page.
  }
}
