import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { io } from 'socket.io-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CreatedSessionView } from '../../protocol/http/index.js'
import type { ProductProcess } from '../support/process.js'
import { connectCandidate } from '../support/raw-candidate.js'
import { makeWorld, type World } from '../support/world.js'

const ISSUER = 'https://id.example'
type Pair = Awaited<ReturnType<typeof generateKeyPair>>

let world: World
let server: ProductProcess
let session: CreatedSessionView
let keys: Server
let isAway = false
let pair: Pair
beforeAll(async () => {
  pair = await generateKeyPair('RS256', { extractable: true })
  const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'k', alg: 'RS256' }
  keys = createServer((_request, response) => {
    response.statusCode = isAway ? 500 : 200
    response.end(JSON.stringify({ keys: [jwk] }))
  })
  await new Promise<void>((resolve) => keys.listen(0, '127.0.0.1', resolve))
  world = await makeWorld({
    env: {
      AUTH_JWKS_URL: `http://127.0.0.1:${(keys.address() as AddressInfo).port}/jwks`,
      AUTH_ISSUER: ISSUER,
      AUTH_AUDIENCE: 'recorder',
    },
  })
  server = await world.startServer()
  session = await world.createSession(server)
})
afterAll(async () => {
  keys.close()
  await world[Symbol.asyncDispose]()
})

const sign = (role: string, { audience = 'recorder', key = pair.privateKey } = {}) =>
  new SignJWT({ role, sid: session.id })
    .setProtectedHeader({ alg: 'RS256', kid: 'k' })
    .setSubject('somebody')
    .setIssuer(ISSUER)
    .setAudience(audience)
    .setExpirationTime('1 min')
    .sign(key)
const codeAt = async (on: ProductProcess, token: string) => {
  const { status, body } = await world.call<{ error?: { code: string } }>(on, 'GET', '/v1/sessions', {
    token,
  })
  return body.error?.code ?? status
}

test('[R9] an issuer’s tokens open what their claims say, at every door', async () => {
  expect(await codeAt(server, await sign('proctor'))).toBe(200)
  const tab = await connectCandidate(server.url, {
    token: await sign('candidate'),
    sourceId: 'tab',
    protocol: 1,
  })
  expect(tab.welcome.sessionId).toBe(session.id)
  tab.close()
  const proctor = io(`${server.url}/proctor`, {
    auth: { token: await sign('proctor') },
    transports: ['websocket'],
    forceNew: true,
  })
  expect((await proctor.timeout(20_000).emitWithAck('watch', { sessionId: session.id })).ok).toBe(true)
  proctor.close()
})

test('and no other’s', async () => {
  const stranger = await generateKeyPair('RS256')
  expect(await codeAt(server, await sign('proctor', { audience: 'shop' }))).toBe('TOKEN_INVALID')
  expect(await codeAt(server, await sign('proctor', { key: stranger.privateKey }))).toBe('TOKEN_INVALID')
})

test('with the issuer away its tokens are asked to come again, and the service’s own are taken', async () => {
  isAway = true
  const fresh = await world.startServer()
  const good = await sign('candidate')
  expect(await codeAt(fresh, await sign('proctor'))).toBe('TRY_LATER')
  await expect(
    connectCandidate(fresh.url, { token: good, sourceId: 'other', protocol: 1 }),
  ).rejects.toMatchObject({ code: 'TRY_LATER' })
  const tab = await connectCandidate(fresh.url, {
    token: session.candidateToken,
    sourceId: 'own',
    protocol: 1,
  })
  tab.close()
  // The server that knows the keys goes on.
  expect(await codeAt(server, await sign('proctor'))).toBe(200)
  isAway = false
  expect(await codeAt(fresh, await sign('proctor'))).toBe(200)
})
