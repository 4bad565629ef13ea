import { createRemoteJWKSet, decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose'
import { z } from 'zod'
import { ExplainedError, RecorderError } from '../../protocol/errors.js'
import { type Claims, claimsSchema, secretKey } from './tokens.js'

/** Where the platform's own issuer publishes its public keys, and what its tokens must say. */
export interface IssuerOptions {
  /** https, or http on loopback. */
  jwksUrl: string
  /** The `iss` that its tokens must carry; any where absent. */
  issuer?: string | undefined
  /** The `aud` that they must carry; any where absent. */
  audience?: string | undefined
  /** An unknown key is looked for at most this often. */
  cooldownMs?: number
  /** Keys are believed for so long before they are asked for again. */
  cacheMs?: number
}

export interface TokenVerifier {
  /**
   * What a token says. Throws RecorderError TOKEN_MISSING, TOKEN_EXPIRED, TOKEN_INVALID, or TRY_LATER where the
   * issuer's keys can't be had; the message never holds the token.
   */
  verify(token: unknown): Promise<Claims>
}

/** Longer ones are refused unread. A header of HTTP has no more room either. */
export const MAX_TOKEN_CHARS = 12 * 1024
/** How far the clock of whoever made a token may be ahead. Its end is taken as it stands. */
const NOT_BEFORE_TOLERANCE_SEC = 5
const PUBLIC_KEY_ALGORITHMS = ['RS256', 'ES256', 'EdDSA', 'Ed25519']
const JWKS_TIMEOUT_MS = 5_000

/**
 * Verifies tokens under the shared secret and, where there is an issuer, under its public keys.
 *
 * INVARIANT: the kind of key decides which algorithms count, and never the token alone. HS256 is checked against the
 * secret and nothing else, so a public key can't serve as a secret; the other algorithms are checked against the
 * issuer's keys and nothing else.
 */
export function makeVerifier(options: { secret: string; issuer?: IssuerOptions | undefined }): TokenVerifier {
  const secret = secretKey(options.secret)
  const bySecret = (token: string) =>
    jwtVerify(token, secret, { algorithms: ['HS256'], clockTolerance: NOT_BEFORE_TOLERANCE_SEC })
  const byIssuer = options.issuer && issuerCheck(options.issuer)
  return {
    verify: async (token) => {
      if (typeof token !== 'string' || token === '')
        throw new ExplainedError('TOKEN_MISSING', 'There is no token.')
      if (token.length > MAX_TOKEN_CHARS) throw invalid()
      try {
        const { alg } = decodeProtectedHeader(token)
        const check = alg === 'HS256' ? bySecret : byIssuer
        if (check === undefined) throw invalid()
        const claims = claimsSchema.parse((await check(token)).payload)
        // The tolerance is for clocks that start early, not for tokens that end late.
        if (claims.exp * 1000 <= Date.now()) throw expired()
        return claims
      } catch (error) {
        if (error instanceof RecorderError) throw error
        if (error instanceof errors.JWTExpired) throw expired()
        if (error instanceof z.ZodError) throw invalid('The token lacks a usable role, sub, sid or exp.')
        throw invalid()
      }
    },
  }
}

export const expired = () => new ExplainedError('TOKEN_EXPIRED', 'The token has expired.')
const invalid = (what = 'The token is not valid.') => new ExplainedError('TOKEN_INVALID', what)

function issuerCheck({ jwksUrl, issuer, audience, cooldownMs, cacheMs }: IssuerOptions) {
  const keys = createRemoteJWKSet(new URL(jwksUrl), {
    timeoutDuration: JWKS_TIMEOUT_MS,
    ...(cooldownMs === undefined ? {} : { cooldownDuration: cooldownMs }),
    ...(cacheMs === undefined ? {} : { cacheMaxAge: cacheMs }),
  })
  const keyOf: typeof keys = Object.assign(async (...asked: Parameters<typeof keys>) => {
    try {
      return await keys(...asked)
    } catch (error) {
      if (isAboutTheToken(error)) throw error
      // Says nothing about the token, which may well be good.
      throw new ExplainedError('TRY_LATER', "The token issuer's keys can't be had.", {}, { cause: error })
    }
  }, keys)
  const options = {
    algorithms: PUBLIC_KEY_ALGORITHMS,
    clockTolerance: NOT_BEFORE_TOLERANCE_SEC,
    ...(issuer === undefined ? {} : { issuer }),
    ...(audience === undefined ? {} : { audience }),
  }
  return async (token: string): Promise<{ payload: JWTPayload }> => {
    try {
      return await jwtVerify(token, keyOf, options)
    } catch (error) {
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error
      // A token that names no key, of an issuer that has several: one of them must fit.
      for await (const key of error) {
        try {
          return await jwtVerify(token, key, options)
        } catch (mismatch) {
          if (!(mismatch instanceof errors.JWSSignatureVerificationFailed)) throw mismatch
        }
      }
      throw error
    }
  }
}

const isAboutTheToken = (error: unknown): boolean =>
  error instanceof errors.JWKSNoMatchingKey ||
  error instanceof errors.JWKSMultipleMatchingKeys ||
  error instanceof errors.JOSENotSupported
