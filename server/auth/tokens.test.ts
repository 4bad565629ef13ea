import { SignJWT, UnsecuredJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { RecorderError } from '../../protocol/errors.js'
import { opensSession, requireRole, requireSession, sessionsOf, signToken } from './tokens.js'
import { makeVerifier } from './verifier.js'

const SECRET = 'a secret of at least 32 characters'
const SESSION = '5e551011-0000-4000-8000-00000000000a'
const OTHER = '5e551011-0000-4000-8000-00000000000b'
const key = new TextEncoder().encode(SECRET)

const request = { role: 'candidate' as const, sub: 'c', sid: SESSION, expiresInSec: 60 }
const jwt = (claims: object, more: (jwt: SignJWT) => SignJWT = (j) => j, alg = 'HS256') =>
  more(new SignJWT({ ...claims }).setProtectedHeader({ alg })).sign(key)
const nowSec = () => Math.floor(Date.now() / 1000)

async function codeOf(token: unknown, secret = SECRET) {
  try {
    return (await makeVerifier({ secret }).verify(token)).role
  } catch (error) {
    expect(error).toBeInstanceOf(RecorderError)
    if (typeof token === 'string' && token.length > 20) expect((error as Error).message).not.toContain(token)
    return (error as RecorderError).code
  }
}

test('what was signed is verified', async () => {
  const claims = await makeVerifier({ secret: SECRET }).verify(await signToken(request, SECRET))
  expect(claims).toMatchObject({ role: 'candidate', sub: 'c', sid: SESSION })
  expect(claims.exp).toBeGreaterThan(nowSec())
})

describe('refused are', () => {
  test.each([undefined, null, '', 1, {}, ['a']])('no token: %j', async (token) => {
    expect(await codeOf(token)).toBe('TOKEN_MISSING')
  })

  test('an expired one, told apart from a wrong one', async () => {
    expect(await codeOf(await signToken({ ...request, expiresInSec: -1 }, SECRET))).toBe('TOKEN_EXPIRED')
  })

  test('one of another secret, expired or not', async () => {
    const other = 'another secret, as long as that one is'
    expect(await codeOf(await signToken(request, other))).toBe('TOKEN_INVALID')
    expect(await codeOf(await signToken({ ...request, expiresInSec: -1 }, other))).toBe('TOKEN_INVALID')
  })

  test('one without a signature, or with another algorithm than the agreed one', async () => {
    const claims = { role: 'service', sub: 'x', sid: '*', exp: nowSec() + 60 }
    expect(await codeOf(new UnsecuredJWT(claims).encode())).toBe('TOKEN_INVALID')
    expect(await codeOf(await jwt(claims, (j) => j, 'HS512'))).toBe('TOKEN_INVALID')
  })

  test('one whose payload was changed', async () => {
    const [header, , signature] = (await signToken(request, SECRET)).split('.')
    const forged = Buffer.from(JSON.stringify({ role: 'service', sub: 'x', sid: '*', exp: nowSec() + 60 }))
    expect(await codeOf(`${header}.${forged.toString('base64url')}.${signature}`)).toBe('TOKEN_INVALID')
  })

  test.each([
    ['no role', { sub: 'c', sid: SESSION }],
    ['a role that does not exist', { role: 'admin', sub: 'c', sid: SESSION }],
    ['no sub', { role: 'candidate', sid: SESSION }],
    ['an empty sub', { role: 'candidate', sub: '', sid: SESSION }],
    ['a sub that no column can hold', { role: 'candidate', sub: 'a\0', sid: SESSION }],
    ['a sub with half a character', { role: 'candidate', sub: '\ud83d', sid: SESSION }],
    ['a sub that is too long', { role: 'candidate', sub: 'c'.repeat(257), sid: SESSION }],
    ['no sid', { role: 'candidate', sub: 'c' }],
    ['a sid that is a number', { role: 'candidate', sub: 'c', sid: 1 }],
  ])('%s', async (_what, claims) => {
    expect(await codeOf(await jwt({ ...claims, exp: nowSec() + 60 }))).toBe('TOKEN_INVALID')
  })

  test('one that never expires', async () => {
    expect(await codeOf(await jwt({ role: 'service', sub: 'x', sid: '*' }))).toBe('TOKEN_INVALID')
  })

  test.each(['a', 'a.b', 'a.b.c', '..', '\0'])('what is no token at all: %j', async (token) => {
    expect(await codeOf(token)).toBe('TOKEN_INVALID')
  })
})

describe('which sessions a token opens', () => {
  const claims = (sid: string | string[]) => ({ role: 'proctor' as const, sub: 'p', sid, exp: 0 })

  test('one, a list of them, or all', () => {
    expect(opensSession(claims(SESSION), SESSION)).toBe(true)
    expect(opensSession(claims([OTHER, SESSION]), SESSION)).toBe(true)
    expect(opensSession(claims('*'), SESSION)).toBe(true)
    expect(opensSession(claims(OTHER), SESSION)).toBe(false)
    expect(opensSession(claims([]), SESSION)).toBe(false)
    expect(opensSession(claims(['*']), SESSION)).toBe(false)
    expect(opensSession(claims(''), SESSION)).toBe(false)
  })

  test('another one answers as one that does not exist', () => {
    const refusals = [OTHER, 'no id at all', '', `${SESSION}x`].map((id) => {
      try {
        return requireSession(claims(SESSION), id)
      } catch (error) {
        return { code: (error as RecorderError).code, message: (error as Error).message }
      }
    })
    expect(new Set(refusals.map((r) => JSON.stringify(r))).size).toBe(1)
    expect(refusals[0]).toMatchObject({ code: 'SESSION_NOT_FOUND' })
  })

  test('nor does a token for all open what is no id', () => {
    expect(() => requireSession(claims('*'), 'no id')).toThrow(
      expect.objectContaining({ code: 'SESSION_NOT_FOUND' }),
    )
  })

  test('as a list: all, or those that can be ids as they are stored', () => {
    expect(sessionsOf(claims('*'))).toBeNull()
    expect(sessionsOf(claims(SESSION))).toEqual([SESSION])
    expect(sessionsOf(claims([OTHER, 'no id', SESSION.toUpperCase(), '*']))).toEqual([OTHER])
  })

  test('an id is handed on as it is stored', () => {
    expect(requireSession(claims('*'), SESSION.toUpperCase())).toBe(SESSION)
  })
})

test('a role that has no business here is told so', () => {
  const claims = { role: 'candidate' as const, sub: 'c', sid: '*', exp: 0 }
  expect(() => requireRole(claims, 'proctor', 'service')).toThrow(
    expect.objectContaining({ code: 'ROLE_FORBIDDEN' }),
  )
  expect(requireRole(claims, 'candidate')).toBeUndefined()
})
