/** What a token says about itself. Read for display alone: only the server can tell whether it is true. */
export interface TokenClaims {
  role: string | null
  sub: string | null
  expiresAtMs: number | null
}

/** The claims of a JWT, unverified; null where it is not one. */
export function readClaims(token: string): TokenClaims | null {
  const claims = payloadOf(token)
  if (claims === null) return null
  return {
    role: typeof claims.role === 'string' ? claims.role : null,
    sub: typeof claims.sub === 'string' ? claims.sub : null,
    expiresAtMs: typeof claims.exp === 'number' ? claims.exp * 1000 : null,
  }
}

/** All that a JWT says, unverified; null where it is not one. */
export function payloadOf(token: string): Record<string, unknown> | null {
  const payload = token.split('.')[1]
  if (payload === undefined) return null
  try {
    const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (char) =>
      char.charCodeAt(0),
    )
    const claims = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown> | null
    return typeof claims === 'object' ? claims : null
  } catch {
    return null
  }
}

/** A token as people paste it: with blanks and line breaks, as `Bearer …`, or as a whole sign-in link. */
export function cleanPastedToken(pasted: string): string {
  const compact = pasted.replace(/\s+/g, ' ').trim()
  const fromLink = /[#&]token=([^&\s]+)/.exec(compact)?.[1]
  if (fromLink !== undefined) return fromLink
  return compact.replace(/^bearer /i, '').replaceAll(' ', '')
}

/** The fragment's token, and what is left of the fragment without it (with its `#`, or ''). */
export function takeToken(hash: string): { token: string | null; rest: string } {
  const parts = hash.replace(/^#/, '').split('&')
  const token = parts.find((part) => part.startsWith('token='))?.slice('token='.length) ?? null
  const rest = parts.filter((part) => part !== '' && !part.startsWith('token=')).join('&')
  return { token: token === '' ? null : token, rest: rest === '' ? '' : `#${rest}` }
}
