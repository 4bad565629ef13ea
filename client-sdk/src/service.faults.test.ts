import { beforeEach, describe, expect, test } from 'vitest'
import { NO_HTTP_FAULTS } from '../test-support/simulated-http.js'
import {
  HOUR_MS,
  numbered,
  type SimulatedService,
  simulatedService,
  upTo,
} from '../test-support/simulated-service.js'
import { seededRandom } from '../test-support/virtual-time.js'

let service: SimulatedService['service']
let http: SimulatedService['http']
let time: SimulatedService['time']
let settled: SimulatedService['settled']
let numbersOf: SimulatedService['numbersOf']

function start(...args: Parameters<typeof simulatedService>): void {
  ;({ service, http, time, settled, numbersOf } = simulatedService(...args))
}

beforeEach(() => start())

describe('whatever fails', () => {
  test.each([1, 2, 3, 4, 5, 6])(
    '[I2, I3, R10] each event is there once and in order, seed %i',
    async (seed) => {
      start({ timeoutMs: HOUR_MS }, seed)
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
    start({ timeoutMs: 5000 })
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
    start({ maxHeldBytes: 3_000 })
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
