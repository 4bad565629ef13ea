import { SignJWT, UnsecuredJWT } from 'jose'
import { io } from 'socket.io-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ERRORS, type ErrorCode } from '../../protocol/errors.js'
import type { CreatedSessionView } from '../../protocol/http/index.js'
import { signToken } from '../../server/auth/tokens.js'
import type { ProductProcess } from '../support/process.js'
import { connectCandidate, type Refused } from '../support/raw-candidate.js'
import { anId } from '../support/stores.js'
import { makeWorld, type World } from '../support/world.js'

let world: World
let server: ProductProcess
let session: CreatedSessionView
let other: CreatedSessionView
beforeAll(async () => {
  world = await makeWorld()
  server = await world.startServer()
  session = await world.createSession(server)
  other = await world.createSession(server)
})
afterAll(() => world[Symbol.asyncDispose]())

const nowSec = () => Math.floor(Date.now() / 1000)
const claims = () => ({ role: 'candidate', sub: 'c', sid: session.id, exp: nowSec() + 60 })
const signed = (secret: string, expiresInSec = 60) =>
  signToken({ role: 'candidate', sub: 'c', sid: session.id, expiresInSec }, secret)

/** The auth of a handshake that is let in, with something changed. */
const auth = (changed: object = {}) => ({
  token: session.candidateToken,
  sourceId: 'tab-1',
  protocol: 1,
  ...changed,
})

const refusal = async (changed: unknown) => {
  try {
    const candidate = await connectCandidate(server.url, changed)
    candidate.close()
  } catch (error) {
    const { code, message } = error as Refused
    return { code, message }
  }
  throw new Error('was let in')
}

/** Bad tokens, by the code each is refused with; the same at every door. */
const BAD_TOKENS: [string, ErrorCode, () => unknown][] = [
  ['none', 'TOKEN_MISSING', () => undefined],
  ['an empty one', 'TOKEN_MISSING', () => ''],
  ['one that is no text', 'TOKEN_MISSING', () => ({ token: 1 })],
  ['an expired one', 'TOKEN_EXPIRED', () => signed(world.secret, -1)],
  ['one under another secret', 'TOKEN_INVALID', () => signed('another secret of at least 32 chars')],
  ['one without a signature', 'TOKEN_INVALID', () => new UnsecuredJWT(claims()).encode()],
  ['nonsense', 'TOKEN_INVALID', () => 'abc.def.ghi'],
  [
    'one without a session',
    'TOKEN_INVALID',
    () => {
      const { sid, ...rest } = claims()
      const key = new TextEncoder().encode(world.secret)
      return new SignJWT(rest).setProtectedHeader({ alg: 'HS256' }).sign(key)
    },
  ],
]

describe('/candidate', () => {
  test.each(BAD_TOKENS)('refuses a token: %s, with %s', async (_what, code, token) => {
    const given = await token()
    const refused = await refusal(auth({ token: given }))
    expect(refused).toEqual({ code, message: expect.stringContaining(ERRORS[code].help) })
    if (typeof given === 'string' && given !== '') expect(refused.message).not.toContain(given)
  })

  test.each<[string, ErrorCode, object]>([
    ['no protocol', 'PROTOCOL_UNSUPPORTED', { protocol: undefined }],
    ['a later protocol', 'PROTOCOL_UNSUPPORTED', { protocol: 2 }],
    ['a protocol that is a text', 'PROTOCOL_UNSUPPORTED', { protocol: '1' }],
    ['no sourceId', 'SOURCE_INVALID', { sourceId: undefined }],
    ['an empty sourceId', 'SOURCE_INVALID', { sourceId: '' }],
    ['a sourceId with a space', 'SOURCE_INVALID', { sourceId: 'a b' }],
    ['a sourceId that is too long', 'SOURCE_INVALID', { sourceId: 'a'.repeat(129) }],
    ['a sourceId that is no ASCII', 'SOURCE_INVALID', { sourceId: 'é' }],
    ['a sourceId that is no text', 'SOURCE_INVALID', { sourceId: ['a'] }],
  ])('refuses %s with %s', async (_what, code, changed) => {
    expect(await refusal(auth(changed))).toEqual({
      code,
      message: expect.stringContaining(ERRORS[code].help),
    })
  })

  test('no auth at all is a missing token', async () => {
    expect((await refusal({})).code).toBe('TOKEN_MISSING')
  })

  test('refuses a proctor', async () => {
    const token = await world.token('proctor', session.id)
    expect((await refusal(auth({ token }))).code).toBe('ROLE_FORBIDDEN')
  })

  test('a session of another, one that does not exist and what is no id look the same', async () => {
    const all = await world.token('service')
    const refusals = [
      await refusal(auth({ sessionId: other.id })),
      await refusal(auth({ sessionId: anId() })),
      await refusal(auth({ sessionId: "'; drop table" })),
      await refusal(auth({ token: await world.token('candidate', anId()) })),
      await refusal(auth({ token: all, sessionId: anId() })),
    ]
    expect(refusals[0]?.code).toBe('SESSION_NOT_FOUND')
    for (const refused of refusals) expect(refused).toEqual(refusals[0])
  })

  test('a token for several sessions has to name one', async () => {
    const token = await world.token('service')
    expect((await refusal(auth({ token }))).code).toBe('SESSION_REQUIRED')
    const both = await world.token('service', [session.id, other.id])
    expect((await refusal(auth({ token: both }))).code).toBe('SESSION_REQUIRED')
    const candidate = await connectCandidate(server.url, auth({ token: both, sessionId: other.id }))
    expect(candidate.welcome.sessionId).toBe(other.id)
    candidate.close()
  })

  test('lets the right one in, and says where to go on and within which limits', async () => {
    const candidate = await connectCandidate(server.url, auth({ sourceId: '!~' }))
    expect(candidate.welcome).toEqual({
      sessionId: session.id,
      epoch: expect.any(Number),
      receivedSeq: 0,
      committedSeq: 0,
      serverTimeMs: expect.any(Number),
      limits: { maxEventBytes: 1048576, maxBatchBytes: 2097152, maxBatchEvents: 500, maxInFlightBatches: 8 },
      sampling: { keystroke: 10 },
    })
    candidate.close()
  })

  test('[R1] the same source id of another role or another sub is another source', async () => {
    const mine = await connectCandidate(server.url, auth({ sourceId: 'shared' }))
    await mine.batch({ firstSeq: 1, events: [{ type: 'custom:x', timestamp: Date.now(), data: 'mine' }] })
    for (const token of [
      await world.token('candidate', session.id, 'somebody else'),
      await world.token('service', session.id, session.candidateId),
    ]) {
      const foreign = await connectCandidate(server.url, auth({ token, sourceId: 'shared' }))
      expect(foreign.welcome.receivedSeq).toBe(0)
      foreign.close()
    }
    expect(await mine.watermark()).toMatchObject({ receivedSeq: 1 })
    expect(mine.controls).toEqual([])
    mine.close()
  })

  test('a socket ends with its token', async () => {
    const token = await signed(world.secret, 2)
    const candidate = await connectCandidate(server.url, auth({ token, sourceId: 'short' }))
    await expect.poll(() => candidate.socket.connected, { timeout: 10_000 }).toBe(false)
  })
})

describe('/proctor', () => {
  const connect = (token: unknown) =>
    new Promise<string | undefined>((resolve) => {
      const socket = io(`${server.url}/proctor`, {
        auth: { token },
        transports: ['websocket'],
        forceNew: true,
        reconnection: false,
      })
      const end = (code?: string) => {
        socket.close()
        resolve(code)
      }
      socket.on('connect', () => end('let in'))
      socket.on('connect_error', (error) => end((error as { data?: { code?: string } }).data?.code))
    })

  test.each(BAD_TOKENS)('refuses a token: %s, with %s', async (_what, code, token) => {
    expect(await connect(await token())).toBe(code)
  })

  test('refuses a candidate, lets proctors and services in', async () => {
    expect(await connect(session.candidateToken)).toBe('ROLE_FORBIDDEN')
    expect(await connect(await world.token('proctor', session.id))).toBe('let in')
    expect(await connect(await world.token('service'))).toBe('let in')
  })

  test('a session without a right to it, and one that does not exist, look the same to every verb', async () => {
    const socket = io(`${server.url}/proctor`, {
      auth: { token: await world.token('proctor', session.id) },
      transports: ['websocket'],
      forceNew: true,
    })
    const ask = (verb: string, request: unknown) => socket.timeout(10_000).emitWithAck(verb, request)
    try {
      const text = 'x'
      for (const [verb, more] of [
        ['watch', {}],
        ['unwatch', {}],
        ['annotate', { kind: 'note', text }],
        ['message', { text }],
        ['extend', { bySec: 60 }],
        ['end', {}],
      ] as const) {
        const answers = [
          await ask(verb, { sessionId: other.id, ...more }),
          await ask(verb, { sessionId: anId(), ...more }),
          await ask(verb, { sessionId: 'no id', ...more }),
        ]
        expect([verb, answers[0].code]).toEqual([verb, 'SESSION_NOT_FOUND'])
        for (const answer of answers) expect(answer).toEqual(answers[0])
      }
      expect((await ask('watch', { sessionId: session.id })).ok).toBe(true)
    } finally {
      socket.close()
    }
    expect((await world.getSession(server, other.id)).status).toBe('ACTIVE')
  })

  test.each<[string, unknown, string]>([
    ['watch', undefined, 'VALIDATION'],
    ['watch', { sessionId: 1 }, 'VALIDATION'],
    ['annotate', { kind: 'praise', text: 'x' }, 'VALIDATION'],
    ['annotate', { kind: 'note', text: '' }, 'VALIDATION'],
    ['annotate', { kind: 'note', text: 'x'.repeat(4001) }, 'VALIDATION'],
    ['annotate', { kind: 'note', text: 'x', atMs: 1e300 }, 'VALIDATION'],
    ['message', { text: 1 }, 'VALIDATION'],
    ['extend', { bySec: 0 }, 'VALIDATION'],
    ['extend', { bySec: 1e9 }, 'VALIDATION'],
    ['annotate', { kind: 'note', text: 'x' }, 'NOT_WATCHING'],
    ['end', {}, 'NOT_WATCHING'],
  ])('%s %j: %s', async (verb, request, code) => {
    const fresh = await world.createSession(server)
    const socket = io(`${server.url}/proctor`, {
      auth: { token: await world.token('proctor') },
      transports: ['websocket'],
      forceNew: true,
    })
    const ask = (what: string, given: unknown) => socket.timeout(10_000).emitWithAck(what, given)
    try {
      const named = request === undefined ? undefined : { sessionId: fresh.id, ...(request as object) }
      if (code === 'VALIDATION') await ask('watch', { sessionId: fresh.id })
      expect(await ask(verb, named)).toMatchObject({ ok: false, code, message: expect.stringMatching(/\.$/) })
    } finally {
      socket.close()
    }
    // A verb that was refused has left nothing behind.
    expect(await world.readAll(server, fresh.id)).toEqual([])
  })
})

test('[I8] no token and nothing typed stands in the log', () => {
  expect(server.output()).not.toContain(session.candidateToken)
  expect(server.output()).not.toMatch(/eyJ[A-Za-z0-9_-]+\.eyJ/)
  expect(server.output()).not.toMatch(/"level":[456]0/)
})
