import { expect, test } from 'vitest'
import { cleanPastedToken, readClaims, takeToken } from './token.js'

const jwt = (claims: unknown): string =>
  `e30.${Buffer.from(JSON.stringify(claims), 'utf8').toString('base64url')}.signature`

test('claims are read, also with letters beyond ASCII', () => {
  expect(readClaims(jwt({ role: 'proctor', sub: 'Zoë 李', exp: 1_700_000_000 }))).toEqual({
    role: 'proctor',
    sub: 'Zoë 李',
    expiresAtMs: 1_700_000_000_000,
  })
})

test.each(['', 'abc', 'a.b.c', 'a.e30', 'a.bnVsbA.c'])('what is no token has no claims: %j', (text) => {
  const claims = readClaims(text)
  expect(claims?.role ?? null).toBeNull()
})

test.each([
  ['  aa.bb.cc\n', 'aa.bb.cc'],
  ['Bearer aa.bb.cc', 'aa.bb.cc'],
  ['aa.\n  bb.cc', 'aa.bb.cc'],
  ['http://127.0.0.1:3000/#token=aa.bb.cc', 'aa.bb.cc'],
  ['http://h/sessions/1#t=3&token=aa.bb.cc', 'aa.bb.cc'],
])('pasting %j', (pasted, token) => {
  expect(cleanPastedToken(pasted)).toBe(token)
})

test.each([
  ['#token=aa.bb.cc', 'aa.bb.cc', ''],
  ['#t=12&token=aa', 'aa', '#t=12'],
  ['#t=12', null, '#t=12'],
  ['#token=', null, ''],
  ['', null, ''],
])('the fragment %j', (hash, token, rest) => {
  expect(takeToken(hash)).toEqual({ token, rest })
})
