import { beforeEach, describe, expect, test } from 'vitest'
import type { RecorderError } from '../../protocol/errors.js'
import { joinParts } from '../../protocol/parts.js'
import { NO_HTTP_FAULTS, SimulatedHttp } from '../test-support/simulated-http.js'
import { seededRandom, VirtualTime, virtualEnvironment } from '../test-support/virtual-time.js'
import { createSessionService } from './service.js'
import type { SessionService, SessionServiceOptions } from './service-types.js'

const HOUR_MS = 3_600_000
let time: VirtualTime
let http: SimulatedHttp

function start(options: Partial<SessionServiceOptions> = {}, seed = 1): SessionService {
  time = new VirtualTime()
  const random = seededRandom(seed)
  http = new SimulatedHttp(time, random)
  const noSocket = () => {
    throw new Error('no sockets here')
  }
  const env = virtualEnvironment(time, random, { openLink: noSocket, fetch: http.fetch })
  return createSessionService({ url: 'http://recorder', token: 'a-token', ...options }, env)
}

let service: SessionService
beforeEach(() => {
  service = start()
})

/** What a promise has come to, once it has. */
async function settled<T>(promise: Promise<T>, mostMs = HOUR_MS): Promise<T | RecorderError> {
  let outcome: { value: T | RecorderError } | null = null
  promise.then(
    (value) => {
      outcome = { value }
    },
    (error) => {
      outcome = { value: error }
    },
  )
  await time.runUntil(() => outcome !== null, mostMs)
  if (outcome === null) throw new Error(`nothing came of it within ${mostMs} ms`)
  return (outcome as { value: T | RecorderError }).value
}

const numbered = (n: number) => ({ type: 'custom:n' as const, data: { n } })
const numbersOf = (sessionId: string) =>
  http.eventsOf(sessionId).flatMap(({ data }) => (typeof data.n === 'number' ? [data.n] : []))
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1)

describe('calls', () => {
  test('[R10] made at once they travel in batches, in their order, and each resolves for itself', async () => {
    const calls = upTo(1200).map((n) => service.recordEvent('s', numbered(n)))
    const recorded = await settled(Promise.all(calls))
    expect(numbersOf('s')).toEqual(upTo(1200))
    expect(http.requests.map(({ body }) => body.events.length)).toEqual([500, 500, 200])
    expect((recorded as { sourceSeq: number }[]).map(({ sourceSeq }) => sourceSeq)).toEqual(upTo(1200))
    expect(http.violations).toEqual([])
  })

  test('batches stay within the limit of bytes', async () => {
    const text = 'é'.repeat(200_000)
    await settled(
      Promise.all(upTo(12).map((n) => service.recordEvent('s', { type: 'custom:n', data: { n, text } }))),
    )
    expect(numbersOf('s')).toEqual(upTo(12))
    expect(http.violations).toEqual([])
    expect(http.requests.length).toBeGreaterThan(2)
  })

  test('[R7] a long text is cut into parts', async () => {
    const content = 'a😀\0'.repeat(700_000)
    await settled(service.recordCodeSnapshot('s', { fileId: 'a.ts', fileName: 'a.ts', content }, 'before'))
    const pieces = http.eventsOf('s')
    expect(pieces.length).toBeGreaterThan(2)
    const whole = joinParts(
      'code_snapshot',
      pieces.map(({ data }) => data),
    )
    expect(whole.content === content && whole.previousContent).toBe('before')
    expect(http.violations).toEqual([])
  })

  test('received is enough unless the commit is waited for', async () => {
    expect(await settled(service.recordEvent('s', numbered(1)))).toEqual({ sourceSeq: 1, committed: false })
    expect(http.committedOf('s')).toEqual([])
    const committed = service.recordEvent('s', numbered(2), { wait: 'committed' })
    // Whoever waits for a commit holds up nobody.
    expect(await settled(service.recordEvent('s', numbered(3)), 200)).toMatchObject({ sourceSeq: 3 })
    expect(await settled(committed)).toEqual({ sourceSeq: 2, committed: true })
    expect(http.committedOf('s').length).toBeGreaterThanOrEqual(2)
  })

  test('a commit that takes longer than a request waits is waited for on', async () => {
    http.flushDelayMs = 40_000
    time.after(40_000, () => http.flush())
    const committed = service.recordEvent('s', numbered(1), { wait: 'committed' })
    expect(await settled(committed)).toEqual({ sourceSeq: 1, committed: true })
  })

  test('[R5] a rejected one fails alone, with its code', async () => {
    const calls = [numbered(1), { type: 'custom:bad' as const, data: {} }, numbered(2)].map((event) =>
      service.recordEvent('s', event),
    )
    expect(await settled(Promise.allSettled(calls))).toMatchObject([
      { value: { sourceSeq: 1 } },
      { reason: { code: 'EVENT_INVALID', message: expect.stringContaining('Not this one.') } },
      { value: { sourceSeq: 3 } },
    ])
    expect(numbersOf('s')).toEqual([1, 2])
  })

  test('what is not JSON fails at once, and takes no number', async () => {
    const wrong = service.recordEvent('s', { type: 'custom:n', data: 1n })
    expect(await settled(wrong)).toMatchObject({ code: 'EVENT_INVALID' })
    expect(await settled(service.recordEvent('s', { ...numbered(1), timestamp: Number.NaN }))).toMatchObject({
      code: 'EVENT_TIMESTAMP_INVALID',
    })
    expect(await settled(service.recordEvent('s', numbered(1)))).toMatchObject({ sourceSeq: 1 })
  })

  test('the named ones are events of their types', async () => {
    const recorded = Promise.all([
      service.recordClaudeInteraction('s', { role: 'user', content: 'why?', latency: 5 }),
      service.recordTestResult('s', { testName: 't', passed: false, duration: 3 }, { timestamp: 5 }),
      service.recordCodeSnapshot('s', { fileId: 'src/a.ts', fileName: 'a.ts', language: 'ts', content: 'x' }),
    ])
    await settled(recorded)
    expect(http.eventsOf('s').map(({ type, data, fileId }) => ({ type, data, fileId }))).toEqual([
      { type: 'ai_interaction', data: { role: 'user', content: 'why?', latency: 5 }, fileId: undefined },
      { type: 'test_result', data: { testName: 't', passed: false, duration: 3 }, fileId: undefined },
      { type: 'code_snapshot', data: { fileName: 'a.ts', language: 'ts', content: 'x' }, fileId: 'src/a.ts' },
    ])
    expect(http.eventsOf('s')[1]?.timestamp).toBe(5)
  })
})

describe('whatever fails', () => {
  test.each([1, 2, 3, 4, 5, 6])(
    '[I2, I3, R10] each event is there once and in order, seed %i',
    async (seed) => {
      service = start({ timeoutMs: HOUR_MS }, seed)
      http.faults = { unreachable: 0.2, lostAnswer: 0.2, tryLater: 0.1, rateLimited: 0.1 }
      const random = seededRandom(seed + 100)
      const calls: Promise<unknown>[] = []
      for (let n = 1; n <= 300; n++) {
        calls.push(service.recordEvent('s', numbered(n)))
        if (random() < 0.3) await time.run(random() * 3000)
        if (random() < 0.05) http.flush()
        if (random() < 0.03) http.loseBuffer(random())
      }
      await settled(Promise.all(calls))
      http.faults = NO_HTTP_FAULTS
      await settled(service.flush({ wait: 'committed', timeoutMs: HOUR_MS }))
      expect(http.committedOf('s').map(({ data }) => data.n)).toEqual(upTo(300))
      expect(http.violations).toEqual([])
    },
  )

  test('[I2] what the buffer lost is sent again, though nothing else is recorded', async () => {
    await settled(Promise.all(upTo(5).map((n) => service.recordEvent('s', numbered(n)))))
    http.loseBuffer(0.4)
    expect(numbersOf('s')).toEqual([1, 2])
    await time.runUntil(() => numbersOf('s').length === 5, HOUR_MS)
    expect(numbersOf('s')).toEqual(upTo(5))
  })

  test('[I2] a gap is filled before the call that met it is told that its event is received', async () => {
    await settled(Promise.all(upTo(5).map((n) => service.recordEvent('s', numbered(n)))))
    http.loseBuffer(0.4)
    await settled(service.recordEvent('s', numbered(6)))
    expect(numbersOf('s')).toEqual(upTo(6))
  })

  test('[I8] held until committed, and no longer', async () => {
    await settled(Promise.all(upTo(5).map((n) => service.recordEvent('s', numbered(n)))))
    http.flush()
    await time.run(60_000)
    const requests = http.requests.length
    await time.run(HOUR_MS)
    expect(http.requests.length).toBe(requests)
  })

  test('Retry-After is honoured', async () => {
    http.faults = { ...NO_HTTP_FAULTS, rateLimited: 1 }
    const call = service.recordEvent('s', numbered(1))
    await time.run(1900)
    http.faults = NO_HTTP_FAULTS
    const beforeMs = time.nowMs
    await settled(call)
    expect(time.nowMs - beforeMs).toBeLessThan(3000)
    expect(http.requests).toHaveLength(1)
  })

  test('a call waits no longer than it may; what it recorded is sent all the same, once', async () => {
    service = start({ timeoutMs: 5000 })
    http.isDown = true
    const call = service.recordEvent('s', numbered(1))
    expect(await settled(call, 5001)).toMatchObject({ code: 'TIMED_OUT' })
    http.isDown = false
    await settled(service.flush())
    expect(numbersOf('s')).toEqual([1])
  })

  test('a database put back to an earlier state: another source carries on, and says what is missing', async () => {
    await settled(Promise.all(upTo(9).map((n) => service.recordEvent('s', numbered(n)))))
    http.flush()
    await settled(service.recordEvent('s', numbered(10)))
    http.restoreTo(4)
    await settled(service.recordEvent('s', numbered(11)))
    expect(numbersOf('s')).toEqual([1, 2, 3, 4, 10, 11])
    expect(http.eventsOf('s').filter(({ type }) => type === 'custom:not_recorded')).toMatchObject([
      { data: { count: 5 } },
    ])
  })

  test('a closed session fails what is not received, and a new call begins anew', async () => {
    await settled(service.recordEvent('s', numbered(1)))
    http.refusal = { status: 409, code: 'SESSION_CLOSED' }
    const late = [2, 3].map((n) => service.recordEvent('s', numbered(n)))
    expect(await settled(Promise.allSettled(late))).toMatchObject([
      { reason: { code: 'SESSION_CLOSED' } },
      { reason: { code: 'SESSION_CLOSED' } },
    ])
    http.refusal = null
    await settled(service.recordEvent('s', numbered(4)))
    expect(numbersOf('s')).toEqual([1, 4])
    expect(http.sources.size).toBe(2)
  })

  test('[I7] a batch that is too large for this service is cut; an event that is, fails alone', async () => {
    http.maxBatchEvents = 3
    http.maxEventChars = 1000
    const text = 'x'.repeat(1000)
    const calls = upTo(20).map((n) =>
      service.recordEvent('s', { type: 'custom:n', data: n === 7 ? { text } : { n } }),
    )
    const ends = (await settled(Promise.allSettled(calls))) as PromiseSettledResult<unknown>[]
    expect(ends.map(({ status }) => status).indexOf('rejected')).toBe(6)
    expect(ends[6]).toMatchObject({ reason: { code: 'EVENT_TOO_LARGE' } })
    expect(numbersOf('s')).toEqual(upTo(20).filter((n) => n !== 7))
    expect(http.eventsOf('s')[6]).toMatchObject({ type: 'custom:not_recorded' })
  })

  test('[I8] memory is bounded, and says so', async () => {
    service = start({ maxHeldBytes: 3_000 })
    http.isDown = true
    const text = 'x'.repeat(900)
    const calls = upTo(5).map((n) => service.recordEvent('s', { type: 'custom:n', data: { n, text } }))
    http.isDown = false
    expect(await settled(Promise.allSettled(calls))).toMatchObject([
      { value: { sourceSeq: 1 } },
      { value: { sourceSeq: 2 } },
      { value: { sourceSeq: 3 } },
      { reason: { code: 'QUEUE_FULL' } },
      { reason: { code: 'QUEUE_FULL' } },
    ])
    // Received and not committed: they make room for others.
    expect(await settled(service.recordEvent('t', { type: 'custom:n', data: { n: 9, text } }))).toMatchObject(
      {
        sourceSeq: 1,
      },
    )
    expect(numbersOf('s')).toEqual([1, 2, 3])
  })
})

describe('[R10] under an idempotency key', () => {
  test('two processes record one event', async () => {
    const other = createSessionService(
      { url: 'http://recorder', token: 't' },
      virtualEnvironment(time, seededRandom(9), { openLink: () => ({}) as never, fetch: http.fetch }),
    )
    const options = { idempotencyKey: 'request-7' }
    await settled(
      Promise.all([
        service.recordEvent('s', numbered(1), options),
        other.recordEvent('s', numbered(1), options),
      ]),
    )
    expect(numbersOf('s')).toEqual([1])
  })

  test('it is sent again until it is answered, or time is up', async () => {
    http.faults = { ...NO_HTTP_FAULTS, lostAnswer: 0.6 }
    const options = { idempotencyKey: 'k', wait: 'committed' as const }
    const recorded = await settled(service.recordEvent('s', numbered(1), options))
    expect(recorded).toEqual({ sourceSeq: 0, committed: true })
    expect(numbersOf('s')).toEqual([1])
    http.isDown = true
    expect(await settled(service.recordEvent('s', numbered(2), options))).toMatchObject({ code: 'TIMED_OUT' })
  })

  test('a rejected event and a key that is none fail', async () => {
    const bad = service.recordEvent('s', { type: 'custom:bad', data: {} }, { idempotencyKey: 'k' })
    expect(await settled(bad)).toMatchObject({ code: 'EVENT_INVALID' })
    const none = service.recordEvent('s', numbered(1), { idempotencyKey: 'with space' })
    expect(await settled(none)).toMatchObject({ code: 'VALIDATION' })
  })
})

describe('snapshots', () => {
  const file = (content: string) => ({ fileId: 'a', fileName: 'a', content })
  const sent = () => http.eventsOf('s').map(({ data }) => data.previousContent)

  test('the text before is sent only where this process has not just recorded it', async () => {
    await settled(service.recordCodeSnapshot('s', file('one'), 'zero'))
    await settled(service.recordCodeSnapshot('s', file('two'), 'one'))
    await settled(service.recordCodeSnapshot('s', file('three'), 'somebody else’s'))
    await settled(service.recordCodeSnapshot('s', file('four')))
    await settled(service.recordCodeSnapshot('s', file('five'), null))
    await settled(service.recordCodeSnapshot('s', { ...file('x'), fileId: 'b' }, 'five'))
    expect(sent()).toEqual(['zero', undefined, 'somebody else’s', undefined, undefined, 'five'])
  })

  test('nor is one that the service would not have taken for granted', async () => {
    http.refusal = { status: 409, code: 'SESSION_CLOSED' }
    await settled(service.recordCodeSnapshot('s', file('one')))
    http.refusal = null
    await settled(service.recordCodeSnapshot('s', file('two'), 'one'))
    expect(sent()).toEqual(['one'])
  })
})

describe('keystrokes', () => {
  const keystroke = { type: 'keystroke' as const, data: {} }
  const everies = () => http.eventsOf('new').map(({ data }) => data.every)

  test('are sampled at the session’s own rate, counted before they are numbered', async () => {
    http.keystrokeSampling = 4
    await settled(service.createSession({ candidateId: 'c' }))
    await settled(Promise.all(upTo(9).map(() => service.recordEvent('new', keystroke))))
    expect(everies()).toEqual([4, 4])
  })

  test('of a session that another process created, the rate is asked for', async () => {
    http.keystrokeSampling = 1
    for (let i = 0; i < 12; i++) await settled(service.recordEvent('new', keystroke))
    await time.run(1000)
    await settled(service.recordEvent('new', keystroke))
    expect(everies().reduce((sum: number, n) => sum + Number(n), 0)).toBe(13)
    expect(everies().at(-1)).toBeLessThan(10)
  })
})

describe('the end', () => {
  test('a session is closed behind all that was recorded of it', async () => {
    http.faults = { ...NO_HTTP_FAULTS, unreachable: 0.5 }
    const calls = upTo(3).map((n) => service.recordEvent('s', numbered(n)))
    const closed = await settled(service.closeSession('s', 'COMPLETED', { scores: { a: 1 } }))
    expect(closed).toMatchObject({ status: 'COMPLETED' })
    expect(http.requests.at(-1)).toMatchObject({
      path: '/v1/sessions/s/close',
      body: { status: 'COMPLETED', scores: { a: 1 } },
    })
    expect(numbersOf('s')).toEqual(upTo(3))
    await Promise.all(calls)
  })

  test('[I2] what the buffer lost before the close is in the recording that it completes', async () => {
    await settled(Promise.all(upTo(10).map((n) => service.recordEvent('s', numbered(n)))))
    http.loseBuffer(0)
    expect(await settled(service.closeSession('s'))).toMatchObject({ status: 'COMPLETED' })
    expect(http.committedOf('s').map(({ data }) => data.n)).toEqual(upTo(10))
    expect(http.requests.at(-1)?.path).toBe('/v1/sessions/s/close')
  })

  test('who waits for a commit is told of it, though the session is closed meanwhile', async () => {
    const call = service.recordEvent('s', numbered(1), { wait: 'committed' })
    const both = await settled(Promise.all([call, service.closeSession('s')]))
    expect(both).toMatchObject([{ sourceSeq: 1, committed: true }, { status: 'COMPLETED' }])
  })

  test('[I5] it is closed although nothing is committed for long', async () => {
    http.flushDelayMs = HOUR_MS
    await settled(service.recordEvent('s', numbered(1)))
    expect(await settled(service.closeSession('s'), 60_000)).toMatchObject({ status: 'COMPLETED' })
  })

  test('nor is it closed where something could not be sent', async () => {
    service = start({ timeoutMs: 1000 })
    http.isDown = true
    const call = settled(service.recordEvent('s', numbered(1)))
    expect(await settled(service.closeSession('s'))).toMatchObject({ code: 'TIMED_OUT' })
    await call
    expect(http.requests).toEqual([])
  })

  test('close() flushes, and takes no more', async () => {
    const call = service.recordEvent('s', numbered(1))
    await settled(service.close({ wait: 'committed' }))
    await call
    expect(http.committedOf('s')).toHaveLength(1)
    const late = service.recordEvent('s', numbered(2))
    expect(await settled(late)).toMatchObject({ code: 'RECORDER_CLOSED' })
    const requests = http.requests.length
    await time.run(HOUR_MS)
    expect(http.requests.length).toBe(requests)
  })

  test('[I8] sessions that nothing is recorded of any more are forgotten', async () => {
    for (let n = 1; n <= 50; n++) await settled(service.recordEvent(`s${n}`, numbered(n)))
    http.flush()
    await time.run(HOUR_MS)
    await settled(service.recordEvent('t', numbered(1)))
    await settled(service.recordEvent('s1', numbered(2)))
    // A new source: the old one's place in the numbers was forgotten with it.
    expect([...http.sources.keys()].filter((name) => name.startsWith('s1 '))).toHaveLength(2)
    expect(numbersOf('s1')).toEqual([1, 2])
  })
})
