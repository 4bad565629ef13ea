import { beforeEach, describe, expect, test } from 'vitest'
import { DrivenCore, doing } from '../test-support/driven-core.js'
import { Intake } from './intake.js'
import { NEXT_LINK } from './recorder-link.js'

let driven: DrivenCore
beforeEach(() => {
  driven = new DrivenCore()
})

describe('the connection', () => {
  test('an ack that does not come means a dead socket', () => {
    driven.goLive()
    driven.record()
    driven.sends()
    driven.later(14_999)
    expect(doing(driven.poll(), 'disconnect')).toHaveLength(0)
    driven.later(1)
    expect(doing(driven.poll(), 'disconnect')).toHaveLength(1)
    expect(driven.core.state(driven.nowMs)).toBe('offline')
  })

  test('attempts that fail in a row are spaced, up to a second and a half', () => {
    const waits = Array.from({ length: 6 }, () => {
      driven.poll()
      driven.core.lost(driven.nowMs, 'no')
      driven.poll()
      const waitMs = driven.core.wakeAtMs - driven.nowMs
      driven.later(waitMs)
      return waitMs
    })
    expect(waits).toEqual([150, 300, 600, 750, 750, 750])
  })

  test.each([
    [5_000, 600],
    [5_001, 150],
  ])('after two failures, one that held for %i ms is missed for %i ms', (heldMs, waitMs) => {
    for (let i = 0; i < 2; i++) {
      driven.poll()
      driven.core.lost(driven.nowMs, 'no')
      driven.later(driven.core.wakeAtMs - driven.nowMs)
    }
    driven.goLive()
    driven.later(heldMs)
    driven.core.lost(driven.nowMs, 'no')
    driven.poll()
    expect(driven.core.wakeAtMs - driven.nowMs).toBe(waitMs)
  })

  test('an expired token is replaced where a function can give another', () => {
    driven.poll()
    driven.core.refused(driven.nowMs, { code: 'TOKEN_EXPIRED', message: 'expired' })
    expect(doing(driven.poll(), 'expire-token')).toHaveLength(1)
    expect(driven.core.ending).toBeNull()
    driven = new DrivenCore({ canRenewToken: false })
    driven.poll()
    driven.core.refused(driven.nowMs, { code: 'TOKEN_EXPIRED', message: 'expired' })
    expect(driven.core.ending?.state).toBe('refused')
  })

  test.each(['TOKEN_INVALID', 'SESSION_NOT_FOUND', 'ROLE_FORBIDDEN', 'PROTOCOL_UNSUPPORTED'] as const)(
    '%s is final',
    (code) => {
      driven.poll()
      driven.core.refused(driven.nowMs, { code, message: code })
      expect(driven.core.ending).toEqual({ state: 'refused', error: { code, message: code } })
      driven.later(100_000)
      expect(doing(driven.poll(), 'connect')).toHaveLength(0)
    },
  )

  test('a service that is away is waited for as long as it says', () => {
    driven.poll()
    driven.core.refused(driven.nowMs, { code: 'TRY_LATER', message: 'away', retryAfterMs: 3000 })
    driven.poll()
    expect(driven.core.wakeAtMs).toBe(driven.nowMs + 3000)
  })

  test('superseded: nothing more is sent', () => {
    driven.goLive()
    driven.record()
    driven.refuse(driven.sends()[0]!.id, 'SUPERSEDED')
    expect(driven.core.state(driven.nowMs)).toBe('superseded')
    driven.record()
    driven.later(100_000)
    expect(driven.sends()).toEqual([])
  })

  test('a closed session: nothing more is sent, what was received is watched until it is committed', () => {
    driven.goLive()
    driven.record(2)
    driven.accept(driven.sends()[0]!.id, 2)
    driven.record()
    driven.later(50)
    driven.refuse(driven.sends()[0]!.id, 'SESSION_CLOSED')
    expect(driven.core.state(driven.nowMs)).toBe('closed')
    const [question] = doing(driven.poll(), 'ask-watermark')
    driven.core.watermark(driven.nowMs, question!.id, { epoch: 1, receivedSeq: 2, committedSeq: 1 })
    expect(driven.core.ending).toBeNull()
    driven.later(4000)
    const [second] = doing(driven.poll(), 'ask-watermark')
    driven.core.watermark(driven.nowMs, second!.id, { epoch: 1, receivedSeq: 2, committedSeq: 2 })
    const effects = driven.poll()
    expect(doing(effects, 'send')).toEqual([])
    expect(doing(effects, 'forget')).toEqual([{ do: 'forget', throughSeq: 2 }])
    expect(driven.core.ending).toMatchObject({ state: 'closed', error: { code: 'SESSION_CLOSED' } })
    expect(driven.core.intake.queue.lastSeq).toBe(3)
  })

  test('a closed session whose rest is never committed is not watched for ever', () => {
    driven.goLive()
    driven.record(2)
    driven.accept(driven.sends()[0]!.id, 2)
    driven.refuseNext('SESSION_CLOSED')
    driven.later(29_999)
    driven.poll()
    expect(driven.core.ending).toBeNull()
    driven.later(1)
    driven.poll()
    expect(driven.core.ending?.state).toBe('closed')
  })

  test('what an earlier life has sent beyond its outbox is with the service, and no sign of another writer', () => {
    const entry = { json: '{"type":"keystroke","data":{}}', timestampMs: 1, mapped: true }
    const intake = new Intake(1_000_000, () => 'id')
    intake.restore(driven.nowMs, [
      { seq: 4, ...entry },
      { seq: 5, ...entry },
    ])
    driven = new DrivenCore({ intake, isRestored: true })
    driven.goLive({ receivedSeq: 7, committedSeq: 3 })
    expect(driven.core.ending).toBeNull()
    expect(driven.seqsSent()).toEqual([[4, 5]])
  })

  test('the outbox has an entry before it is told to forget it', () => {
    driven.goLive()
    driven.record()
    driven.accept(driven.sends()[0]!.id, 1, 1)
    driven.record()
    const kinds = driven.poll().map((effect) => effect.do)
    expect(kinds.indexOf('keep')).toBeLessThan(kinds.indexOf('forget'))
  })

  test('lagging: connected, and the oldest event is not taken', () => {
    driven.goLive()
    driven.record()
    const [batch] = driven.sends()
    expect(driven.core.state(driven.nowMs)).toBe('recording')
    driven.later(5000)
    expect(driven.core.state(driven.nowMs)).toBe('lagging')
    driven.accept(batch!.id, 1)
    expect(driven.core.state(driven.nowMs)).toBe('recording')
  })

  test('what is over stays over', () => {
    expect(new Set(Object.values(NEXT_LINK.over))).toEqual(new Set(['over']))
  })
})
