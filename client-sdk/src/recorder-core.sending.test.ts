import { beforeEach, describe, expect, test } from 'vitest'
import { LIMITS } from '../../protocol/limits.js'
import { DrivenCore, doing } from '../test-support/driven-core.js'
import { Intake } from './intake.js'

let driven: DrivenCore
beforeEach(() => {
  driven = new DrivenCore()
})

describe('sending', () => {
  test('nothing leaves before the welcome; then everything that waited does', () => {
    driven.record(3)
    expect(doing(driven.poll(), 'connect')).toHaveLength(1)
    driven.core.connected(driven.nowMs)
    expect(driven.seqsSent()).toEqual([])
    driven.core.welcome(driven.nowMs, driven.welcome())
    expect(driven.seqsSent()).toEqual([[1, 2, 3]])
  })

  test('the first event after a pause leaves at once, the following ones are gathered', () => {
    driven.goLive()
    driven.record()
    expect(driven.seqsSent()).toEqual([[1]])
    driven.later(10)
    driven.record()
    expect(driven.seqsSent()).toEqual([])
    expect(driven.core.wakeAtMs).toBe(driven.nowMs + 40)
    driven.later(20)
    driven.record()
    expect(driven.seqsSent()).toEqual([])
    driven.later(20)
    expect(driven.seqsSent()).toEqual([[2, 3]])
  })

  test('a full batch is not held back, and batches are pipelined up to the window', () => {
    driven.goLive({ limits: { ...LIMITS, maxBatchEvents: 10, maxInFlightBatches: 3 } })
    driven.record(100)
    const first = driven.sends()
    expect(first.map(({ seqs }) => seqs.length)).toEqual([10, 10, 10])
    expect(driven.seqsSent()).toEqual([])
    driven.accept(first[0]!.id, 10)
    expect(driven.seqsSent()).toEqual([[31, 32, 33, 34, 35, 36, 37, 38, 39, 40]])
  })

  test('of much that waits, so much goes out in one task of the page, and the rest in the next ones', () => {
    driven = new DrivenCore({ intake: new Intake(10_000_000, () => 'id') })
    driven.goLive()
    for (let i = 0; i < 40; i++) {
      driven.core.intake.record(driven.nowMs, {
        type: 'terminal_stream',
        data: { channel: 'o', data: 'x'.repeat(20_000) },
      })
    }
    const [first = [], ...others] = driven.seqsSent()
    expect([first.length, others]).toEqual([6, []])
    expect(doing(driven.core.poll(driven.nowMs, true), 'send')).toEqual([])
    expect(driven.core.wakeAtMs).toBe(driven.nowMs + 1)
    driven.later(1)
    expect(driven.seqsSent()).toEqual([[7, 8, 9, 10, 11, 12]])
    driven.core.isHurried = true
    expect(driven.sends(driven.core.poll(driven.nowMs, true)).length).toBeGreaterThan(3)
  })

  test('in a hurry nothing is gathered', () => {
    driven.goLive()
    driven.record()
    driven.sends()
    driven.record()
    driven.core.isHurried = true
    expect(driven.seqsSent()).toEqual([[2]])
  })

  test('[I2] only what is committed is forgotten', () => {
    driven.goLive()
    driven.record(5)
    const [batch] = driven.sends()
    driven.accept(batch!.id, 5, 2)
    expect(doing(driven.poll(), 'forget')).toEqual([{ do: 'forget', throughSeq: 2 }])
    expect(driven.core.intake.queue.firstSeq).toBe(3)
    expect([driven.core.receivedSeq, driven.core.committedSeq]).toEqual([5, 2])
  })

  test('an ack may tell to slow down', () => {
    driven.goLive()
    driven.record()
    driven.accept(driven.sends()[0]!.id, 1, 0, { retryAfterMs: 700 })
    driven.record()
    driven.later(699)
    expect(driven.seqsSent()).toEqual([])
    driven.later(1)
    expect(driven.seqsSent()).toEqual([[2]])
  })

  test('rejected events are told and not sent again', () => {
    driven.goLive()
    driven.record()
    const rejected = [{ sourceSeq: 1, code: 'EVENT_INVALID' as const, message: 'no' }]
    driven.accept(driven.sends()[0]!.id, 1, 0, { rejected })
    expect(driven.poll()).toEqual([{ do: 'tell-rejected', events: rejected }])
  })
})

describe('welcomes', () => {
  test('[R3] at another epoch everything above committed is sent again', () => {
    driven.goLive()
    driven.record(6)
    driven.accept(driven.sends()[0]!.id, 6, 2)
    driven.core.welcome(driven.nowMs, driven.welcome({ epoch: 2, receivedSeq: 4, committedSeq: 2 }))
    driven.later(50)
    expect(driven.seqsSent()).toEqual([[3, 4, 5, 6]])
    expect(driven.core.epoch).toBe(2)
  })

  test('in the same epoch only what lies above received', () => {
    driven.goLive()
    driven.record(6)
    driven.sends()
    driven.core.lost(driven.nowMs, 'cut')
    driven.later(2000)
    driven.goLive({ receivedSeq: 4 })
    expect(driven.seqsSent()).toEqual([[5, 6]])
  })

  test('an ack that a welcome has overtaken counts for nothing', () => {
    driven.goLive()
    driven.record(2)
    const [old] = driven.sends()
    driven.core.welcome(driven.nowMs, driven.welcome({ epoch: 2 }))
    driven.accept(old!.id, 2, 2)
    expect([driven.core.receivedSeq, driven.core.committedSeq]).toEqual([0, 0])
    driven.later(50)
    expect(driven.seqsSent()).toEqual([[1, 2]])
  })

  test('a service that knows more of this source than was recorded speaks of another writer', () => {
    driven.record(2)
    driven.goLive({ receivedSeq: 9 })
    expect(driven.core.ending).toMatchObject({ state: 'refused', error: { code: 'SOURCE_INVALID' } })
    expect(driven.seqsSent()).toEqual([])
  })

  test('a welcome that does not come is not waited for', () => {
    driven.poll()
    driven.core.connected(driven.nowMs)
    driven.poll()
    driven.later(15_000)
    expect(doing(driven.poll(), 'disconnect')).toHaveLength(1)
    driven.later(500)
    expect(doing(driven.poll(), 'connect')).toHaveLength(1)
  })
})
