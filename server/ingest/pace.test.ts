import { describe, expect, test } from 'vitest'
import { LIMITS } from '../../protocol/limits.js'
import { Pace } from './pace.js'

function aPace() {
  const clock = { nowMs: 1_000 }
  const ignored: number[] = []
  return {
    clock,
    ignored,
    pace: new Pace(
      () => clock.nowMs,
      () => ignored.push(clock.nowMs),
    ),
  } // prettier-ignore
}

describe('[I5] a recorder that was asked to wait', () => {
  test('may have a whole window under way, and is refused beyond it until the wait is over', () => {
    const { clock, ignored, pace } = aPace()
    pace.asked(500)
    for (let i = 0; i < LIMITS.maxInFlightBatches; i++) pace.check()
    clock.nowMs += 100
    expect(() => pace.check()).toThrow(
      expect.objectContaining({ code: 'RATE_LIMITED', details: { retryAfterMs: 400 } }),
    )
    expect(ignored).toHaveLength(1)
    clock.nowMs += 400
    for (let i = 0; i < 100; i++) pace.check()
  })

  test('being asked again by the acks of that window gives no second one', () => {
    const { pace } = aPace()
    pace.asked(500)
    for (let i = 0; i < LIMITS.maxInFlightBatches; i++) {
      pace.check()
      pace.asked(500)
    }
    expect(() => pace.check()).toThrow()
  })
})
