import { beforeEach, describe, expect, test } from 'vitest'
import { joinParts } from '../../protocol/parts.js'
import { NO_HTTP_FAULTS } from '../test-support/simulated-http.js'
import { numbered, type SimulatedService, simulatedService, upTo } from '../test-support/simulated-service.js'
import { seededRandom, virtualEnvironment } from '../test-support/virtual-time.js'
import { createSessionService } from './service.js'

let service: SimulatedService['service']
let http: SimulatedService['http']
let time: SimulatedService['time']
let settled: SimulatedService['settled']
let numbersOf: SimulatedService['numbersOf']

beforeEach(() => {
  ;({ service, http, time, settled, numbersOf } = simulatedService())
})

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
