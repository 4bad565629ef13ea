import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT, UnsecuredJWT } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { RecorderError } from '../../protocol/errors.js'
import { signToken } from './tokens.js'
import { MAX_TOKEN_CHARS, makeVerifier } from './verifier.js'

const SECRET = 'a secret of at least 32 characters'
const SESSION = '5e551011-0000-4000-8000-00000000000a'
const CLAIMS = { role: 'proctor', sid: SESSION }

/** An issuer on loopback, as a platform has one. */
const issuer = {
  keys: [] as JWK[],
  status: 200,
  asked: 0,
  url: '',
}
const server = createServer((_request, response) => {
  issuer.asked += 1
  response.writeHead(issuer.status, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ keys: issuer.keys }))
})

type Pair = Awaited<ReturnType<typeof generateKeyPair>>
let rsa: Pair
let ed: Pair
let ec: Pair
const published = async ({ publicKey }: Pair, more: object): Promise<JWK> => ({
  ...(await exportJWK(publicKey)),
  ...more,
})

beforeAll(async () => {
  ;[rsa, ed, ec] = (await Promise.all(
    (['RS256', 'EdDSA', 'ES256'] as const).map((alg) => generateKeyPair(alg, { extractable: true })),
  )) as [Pair, Pair, Pair]
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  issuer.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`
})
afterAll(() => server.close())
beforeEach(async () => {
  issuer.status = 200
  issuer.asked = 0
  issuer.keys = [
    await published(rsa, { kid: 'rsa', alg: 'RS256', use: 'sig' }),
    await published(ed, { kid: 'ed', alg: 'EdDSA' }),
    await published(ec, { kid: 'ec', alg: 'ES256' }),
  ]
})

const verifier = (more: object = {}) =>
  makeVerifier({ secret: SECRET, issuer: { jwksUrl: issuer.url, cooldownMs: 0, ...more } })
const sign = (pair: Pair, alg: string, header: object = {}, more: (jwt: SignJWT) => SignJWT = (jwt) => jwt) =>
  more(
    new SignJWT(CLAIMS)
      .setProtectedHeader({ alg, ...header })
      .setSubject('Pia')
      .setExpirationTime('1 min'),
  ).sign(pair.privateKey)
const codeOf = async (asked: Promise<unknown>) => {
  try {
    await asked
  } catch (error) {
    expect(error).toBeInstanceOf(RecorderError)
    return (error as RecorderError).code
  }
  return 'let in'
}

describe('tokens under the keys of an issuer', () => {
  test('RS256, EdDSA and ES256 are taken', async () => {
    const { verify } = verifier()
    for (const [pair, alg, kid] of [
      [rsa, 'RS256', 'rsa'],
      [ed, 'EdDSA', 'ed'],
      [ec, 'ES256', 'ec'],
    ] as const) {
      expect(await verify(await sign(pair, alg, { kid }))).toMatchObject({ ...CLAIMS, sub: 'Pia' })
    }
    expect(issuer.asked).toBe(1)
  })

  test('the service’s own are taken beside them, and without an issuer nothing else', async () => {
    const own = await signToken({ role: 'candidate', sub: 'c', sid: SESSION, expiresInSec: 60 }, SECRET)
    expect((await verifier().verify(own)).role).toBe('candidate')
    expect(issuer.asked).toBe(0)
    const alone = makeVerifier({ secret: SECRET })
    expect(await codeOf(alone.verify(await sign(rsa, 'RS256', { kid: 'rsa' })))).toBe('TOKEN_INVALID')
  })

  test('one that names no key is tried with all that fit its algorithm', async () => {
    const second = await generateKeyPair('RS256', { extractable: true })
    const stranger = await generateKeyPair('RS256')
    issuer.keys = [await published(second, { kid: 'a' }), await published(rsa, { kid: 'b' })]
    expect((await verifier().verify(await sign(rsa, 'RS256'))).sub).toBe('Pia')
    expect(await codeOf(verifier().verify(await sign(stranger, 'RS256')))).toBe('TOKEN_INVALID')
  })

  test('a new key is found when it is needed, an old one refused once it is gone', async () => {
    const { verify } = verifier()
    const old = await sign(rsa, 'RS256', { kid: 'rsa' })
    await verify(old)
    const next = await generateKeyPair('RS256', { extractable: true })
    issuer.keys = [await published(next, { kid: 'next', alg: 'RS256' })]
    expect((await verify(await sign(next, 'RS256', { kid: 'next' }))).sub).toBe('Pia')
    expect(await codeOf(verify(old))).toBe('TOKEN_INVALID')
  })

  test('made-up key names don’t make it ask the issuer each time', async () => {
    const { verify } = verifier({ cooldownMs: 60_000 })
    for (let i = 0; i < 5; i++) {
      expect(await codeOf(verify(await sign(rsa, 'RS256', { kid: `k${i}` })))).toBe('TOKEN_INVALID')
    }
    expect(issuer.asked).toBe(1)
  })

  test('iss and aud must be those that were set', async () => {
    const strict = verifier({ issuer: 'https://id.example', audience: 'recorder' })
    const withClaims = (iss: string, aud: string) =>
      sign(ed, 'EdDSA', { kid: 'ed' }, (jwt) => jwt.setIssuer(iss).setAudience(aud))
    expect((await strict.verify(await withClaims('https://id.example', 'recorder'))).sub).toBe('Pia')
    expect(await codeOf(strict.verify(await withClaims('https://evil.example', 'recorder')))).toBe(
      'TOKEN_INVALID',
    )
    expect(await codeOf(strict.verify(await withClaims('https://id.example', 'shop')))).toBe('TOKEN_INVALID')
    expect(await codeOf(strict.verify(await sign(ed, 'EdDSA', { kid: 'ed' })))).toBe('TOKEN_INVALID')
    // They are the issuer's: the service's own tokens have neither.
    const own = await signToken({ role: 'service', sub: 's', sid: '*', expiresInSec: 60 }, SECRET)
    expect((await strict.verify(own)).role).toBe('service')
  })

  test('an issuer that is away says nothing about the token', async () => {
    const good = await sign(rsa, 'RS256', { kid: 'rsa' })
    issuer.status = 503
    const { verify } = verifier()
    expect(await codeOf(verify(good))).toBe('TRY_LATER')
    const nobody = makeVerifier({ secret: SECRET, issuer: { jwksUrl: 'http://127.0.0.1:1/jwks' } })
    expect(await codeOf(nobody.verify(good))).toBe('TRY_LATER')
    issuer.status = 200
    expect((await verify(good)).sub).toBe('Pia')
    // What is known goes on without it.
    issuer.status = 503
    expect((await verify(good)).sub).toBe('Pia')
    expect(await codeOf(verify(await sign(rsa, 'RS256', { kid: 'unknown' })))).toBe('TRY_LATER')
  })
})

describe('the kind of key decides about the algorithm', () => {
  const hs256 = (key: Uint8Array, kid: string) =>
    new SignJWT(CLAIMS)
      .setProtectedHeader({ alg: 'HS256', kid })
      .setSubject('Pia')
      .setExpirationTime('1 min')
      .sign(key)

  test('a published key is no secret', async () => {
    const pem = new TextEncoder().encode(await exportSPKI(rsa.publicKey))
    const modulus = Buffer.from((await exportJWK(rsa.publicKey)).n as string, 'base64url')
    for (const key of [pem, modulus]) {
      expect(await codeOf(verifier().verify(await hs256(key, 'rsa')))).toBe('TOKEN_INVALID')
    }
    expect(issuer.asked).toBe(0)
  })

  test('nor is a secret that an issuer publishes', async () => {
    const secret = new TextEncoder().encode('a published secret of many characters')
    issuer.keys.push({ kty: 'oct', kid: 'oct', k: Buffer.from(secret).toString('base64url'), alg: 'HS256' })
    expect(await codeOf(verifier().verify(await hs256(secret, 'oct')))).toBe('TOKEN_INVALID')
  })

  test('other algorithms, and none, are refused unasked', async () => {
    const claims = { ...CLAIMS, sub: 'Pia', exp: 9e9 }
    const tokens = [
      new UnsecuredJWT(claims).encode(),
      await new SignJWT(claims).setProtectedHeader({ alg: 'HS512' }).sign(new TextEncoder().encode(SECRET)),
    ]
    const pss = await generateKeyPair('PS256', { extractable: true })
    issuer.keys = [await published(pss, { kid: 'pss' })]
    tokens.push(await sign(pss, 'PS256', { kid: 'pss' }))
    for (const token of tokens) expect(await codeOf(verifier().verify(token))).toBe('TOKEN_INVALID')
  })
})

describe('time', () => {
  const at = (claims: object) =>
    new SignJWT({ ...CLAIMS, sub: 'Pia', ...claims })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(new TextEncoder().encode(SECRET))
  const nowSec = () => Math.floor(Date.now() / 1000)

  test('a token is refused before its time, but for clocks that are a little apart', async () => {
    const { verify } = makeVerifier({ secret: SECRET })
    expect(await codeOf(verify(await at({ exp: nowSec() + 600, nbf: nowSec() + 60 })))).toBe('TOKEN_INVALID')
    expect(await codeOf(verify(await at({ exp: nowSec() + 600, nbf: nowSec() + 2 })))).toBe('let in')
  })

  test('and not a second longer than it says', async () => {
    const { verify } = makeVerifier({ secret: SECRET })
    expect(await codeOf(verify(await at({ exp: nowSec() })))).toBe('TOKEN_EXPIRED')
    expect(await codeOf(verify(await at({ exp: nowSec() - 3600 })))).toBe('TOKEN_EXPIRED')
    expect(await codeOf(verify(await at({})))).toBe('TOKEN_INVALID')
  })
})

test('what is too long is not read', async () => {
  const { verify } = verifier()
  expect(await codeOf(verify(`eyJhbGciOiJSUzI1NiJ9.${'a'.repeat(MAX_TOKEN_CHARS)}`))).toBe('TOKEN_INVALID')
  expect(issuer.asked).toBe(0)
})
