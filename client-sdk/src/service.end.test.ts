import { beforeEach, describe, expect, test } from 'vitest'
import { NO_HTTP_FAULTS } from '../test-support/simulated-http.js'
import {
  HOUR_MS,
  numbered,
  type SimulatedService,
  simulatedService,
  upTo,
} from '../test-support/simulated-service.js'

let service: SimulatedService['service']
let http: SimulatedService['http']
let time: SimulatedService['time']
let settled: SimulatedService['settled']
let numbersOf: SimulatedService['numbersOf']

function start(...args: Parameters<typeof simulatedService>): void {
  ;({ service, http, time, settled, numbersOf } = simulatedService(...args))
}

beforeEach(() => start())

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
    start({ timeoutMs: 1000 })
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
