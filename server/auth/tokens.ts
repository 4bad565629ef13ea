import { SignJWT } from 'jose'
import { z } from 'zod'
import { ExplainedError } from '../../protocol/errors.js'
import { plainText } from '../../protocol/http/index.js'

export const claimsSchema = z.object({
  role: z.enum(['candidate', 'proctor', 'service']),
  /** Stands in columns and in names of sources. */
  sub: plainText(256),
  /** A session id, a list of them, or `*`. */
  sid: z.union([z.string(), z.array(z.string())]),
  exp: z.number().positive(),
})

/** What a token says about its bearer. `exp` is in epoch seconds. */
export type Claims = z.infer<typeof claimsSchema>

/** A candidate's token outlives the interview, so that a tab which was offline can still deliver what it holds. */
export const TOKEN_OUTLIVES_SEC = 24 * 3600

export interface TokenRequest {
  role: Claims['role']
  sub: string
  sid: Claims['sid']
  expiresInSec: number
}

export const secretKey = (secret: string): Uint8Array => new TextEncoder().encode(secret)

/** A JWT under HS256. */
export function signToken({ role, sub, sid, expiresInSec }: TokenRequest, secret: string): Promise<string> {
  return new SignJWT({ role, sid })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(sub)
    .setIssuedAt()
    .setExpirationTime(Math.floor(Date.now() / 1000) + expiresInSec)
    .sign(secretKey(secret))
}

/** Whether the token was made for this session. */
export const opensSession = ({ sid }: Claims, sessionId: string): boolean =>
  sid === '*' || (Array.isArray(sid) ? sid.includes(sessionId) : sid === sessionId)

/** The sessions that a token names, or null where it opens all. What can't be the id of one is left out. */
export function sessionsOf({ sid }: Claims): string[] | null {
  if (sid === '*') return null
  return [sid].flat().filter((id) => UUID.test(id) && id === id.toLowerCase())
}

export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/**
 * A caller who lacks the right to a session gets what a missing session would give.
 * @returns the id in the form that is stored. Throws SESSION_NOT_FOUND.
 */
export function requireSession(claims: Claims, sessionId: string): string {
  if (!UUID.test(sessionId) || !opensSession(claims, sessionId)) throw sessionNotFound()
  return sessionId.toLowerCase()
}

export const sessionNotFound = () => new ExplainedError('SESSION_NOT_FOUND', 'There is no such session.')

export function requireRole(claims: Claims, ...roles: Claims['role'][]): void {
  if (!roles.includes(claims.role)) {
    throw new ExplainedError('ROLE_FORBIDDEN', `A ${claims.role} token can't be used here.`)
  }
}
