import { beforeEach, describe, expect, test } from 'vitest'
import type { Welcome } from '../../protocol/batch.js'
import type { ErrorCode } from '../../protocol/errors.js'
import { LIMITS } from '../../protocol/limits.js'
import { Intake } from './intake.js'
import { type CoreOptions, RecorderCore } from './recorder-core.js'
import type { CoreEffect } from './recorder-effects.js'
import { NEXT_LINK } from './recorder-link.js'

let core: RecorderCore
let nowMs: number

beforeEach(() => {
  nowMs = 1_000_000
  core = makeCore()
})

const makeCore = (more: Partial<CoreOptions> = {}) =>
  new RecorderCore({
    intake: new Intake(1_000_000, () => 'id'),
    isRestored: false,
    gatherMs: 50,
    canRenewToken: true,
    random: () => 0,
    ...more,
  })

const welcome = (more: Partial<Welcome> = {}): Welcome => ({
  sessionId: 's',
  epoch: 1,
  receivedSeq: 0,
  committedSeq: 0,
  serverTimeMs: nowMs,
  limits: LIMITS,
  ...more,
})

const poll = () => core.poll(nowMs)
const record = (count = 1) => {
  for (let i = 0; i < count; i++) core.intake.record(nowMs, { type: 'keystroke', data: {} })
}
const doing = <D extends CoreEffect['do']>(effects: CoreEffect[], what: D) =>
  effects.filter((effect): effect is Extract<CoreEffect, { do: D }> => effect.do === what)
/** The source seqs of the batches that go out now. */
const sends = (effects = poll()) =>
  doing(effects, 'send').map(({ id, events }) => ({ id, seqs: events.map((event) => event.seq) }))
const seqsSent = () => sends().map(({ seqs }) => seqs)
const later = (ms: number) => {
  nowMs += ms
}
const goLive = (more: Partial<Welcome> = {}) => {
  poll()
  core.connected(nowMs)
  core.welcome(nowMs, welcome(more))
}
const refuse = (id: number, code: ErrorCode, more: object = {}) =>
  core.ack(nowMs, id, { ok: false, code, message: code, ...more })
/** Records one more event, whose batch is refused. */
const refuseNext = (code: ErrorCode) => {
  record()
  later(50)
  refuse(sends()[0]!.id, code)
}
const accept = (id: number, receivedSeq: number, committedSeq = 0, more: object = {}) =>
  core.ack(nowMs, id, { ok: true, receivedSeq, committedSeq, ...more })

describe('sending', () => {
  test('nothing leaves before the welcome; then everything that waited does', () => {
    record(3)
    expect(doing(poll(), 'connect')).toHaveLength(1)
    core.connected(nowMs)
    expect(seqsSent()).toEqual([])
    core.welcome(nowMs, welcome())
    expect(seqsSent()).toEqual([[1, 2, 3]])
  })

  test('the first event after a pause leaves at once, the following ones are gathered', () => {
    goLive()
    record()
    expect(seqsSent()).toEqual([[1]])
    later(10)
    record()
    expect(seqsSent()).toEqual([])
    expect(core.wakeAtMs).toBe(nowMs + 40)
    later(20)
    record()
    expect(seqsSent()).toEqual([])
    later(20)
    expect(seqsSent()).toEqual([[2, 3]])
  })

  test('a full batch is not held back, and batches are pipelined up to the window', () => {
    goLive({ limits: { ...LIMITS, maxBatchEvents: 10, maxInFlightBatches: 3 } })
    record(100)
    const first = sends()
    expect(first.map(({ seqs }) => seqs.length)).toEqual([10, 10, 10])
    expect(seqsSent()).toEqual([])
    accept(first[0]!.id, 10)
    expect(seqsSent()).toEqual([[31, 32, 33, 34, 35, 36, 37, 38, 39, 40]])
  })

  test('of much that waits, so much goes out in one task of the page, and the rest in the next ones', () => {
    core = makeCore({ intake: new Intake(10_000_000, () => 'id') })
    goLive()
    for (let i = 0; i < 40; i++) {
      core.intake.record(nowMs, { type: 'terminal_stream', data: { channel: 'o', data: 'x'.repeat(20_000) } })
    }
    const [first = [], ...others] = seqsSent()
    expect([first.length, others]).toEqual([6, []])
    expect(doing(core.poll(nowMs, true), 'send')).toEqual([])
    expect(core.wakeAtMs).toBe(nowMs + 1)
    later(1)
    expect(seqsSent()).toEqual([[7, 8, 9, 10, 11, 12]])
    core.isHurried = true
    expect(sends(core.poll(nowMs, true)).length).toBeGreaterThan(3)
  })

  test('in a hurry nothing is gathered', () => {
    goLive()
    record()
    sends()
    record()
    core.isHurried = true
    expect(seqsSent()).toEqual([[2]])
  })

  test('[I2] only what is committed is forgotten', () => {
    goLive()
    record(5)
    const [batch] = sends()
    accept(batch!.id, 5, 2)
    expect(doing(poll(), 'forget')).toEqual([{ do: 'forget', throughSeq: 2 }])
    expect(core.intake.queue.firstSeq).toBe(3)
    expect([core.receivedSeq, core.committedSeq]).toEqual([5, 2])
  })

  test('an ack may tell to slow down', () => {
    goLive()
    record()
    accept(sends()[0]!.id, 1, 0, { retryAfterMs: 700 })
    record()
    later(699)
    expect(seqsSent()).toEqual([])
    later(1)
    expect(seqsSent()).toEqual([[2]])
  })

  test('rejected events are told and not sent again', () => {
    goLive()
    record()
    const rejected = [{ sourceSeq: 1, code: 'EVENT_INVALID' as const, message: 'no' }]
    accept(sends()[0]!.id, 1, 0, { rejected })
    expect(poll()).toEqual([{ do: 'tell-rejected', events: rejected }])
  })
})

describe('welcomes', () => {
  test('[R3] at another epoch everything above committed is sent again', () => {
    goLive()
    record(6)
    accept(sends()[0]!.id, 6, 2)
    core.welcome(nowMs, welcome({ epoch: 2, receivedSeq: 4, committedSeq: 2 }))
    later(50)
    expect(seqsSent()).toEqual([[3, 4, 5, 6]])
    expect(core.epoch).toBe(2)
  })

  test('in the same epoch only what lies above received', () => {
    goLive()
    record(6)
    sends()
    core.lost(nowMs, 'cut')
    later(2000)
    goLive({ receivedSeq: 4 })
    expect(seqsSent()).toEqual([[5, 6]])
  })

  test('an ack that a welcome has overtaken counts for nothing', () => {
    goLive()
    record(2)
    const [old] = sends()
    core.welcome(nowMs, welcome({ epoch: 2 }))
    accept(old!.id, 2, 2)
    expect([core.receivedSeq, core.committedSeq]).toEqual([0, 0])
    later(50)
    expect(seqsSent()).toEqual([[1, 2]])
  })

  test('a service that knows more of this source than was recorded speaks of another writer', () => {
    record(2)
    goLive({ receivedSeq: 9 })
    expect(core.ending).toMatchObject({ state: 'refused', error: { code: 'SOURCE_INVALID' } })
    expect(seqsSent()).toEqual([])
  })

  test('a welcome that does not come is not waited for', () => {
    poll()
    core.connected(nowMs)
    poll()
    later(15_000)
    expect(doing(poll(), 'disconnect')).toHaveLength(1)
    later(500)
    expect(doing(poll(), 'connect')).toHaveLength(1)
  })
})

describe('refused batches', () => {
  test('a gap: on from expectedSeq, once, however many batches it hits', () => {
    goLive({ limits: { ...LIMITS, maxBatchEvents: 2 } })
    record(6)
    const batches = sends()
    expect(batches).toHaveLength(3)
    refuse(batches[1]!.id, 'BATCH_GAP', { expectedSeq: 2 })
    refuse(batches[2]!.id, 'BATCH_GAP', { expectedSeq: 2 })
    accept(batches[0]!.id, 2)
    expect(seqsSent()).toEqual([
      [2, 3],
      [4, 5],
    ])
    expect(core.receivedSeq).toBe(1)
  })

  test('[R6] a gap below what is still held: goes on offering what there is, slower and slower', () => {
    goLive()
    record(4)
    accept(sends()[0]!.id, 4, 3)
    core.welcome(nowMs, welcome({ epoch: 2, receivedSeq: 1, committedSeq: 1 }))
    const waits = [1, 2, 3].map(() => {
      const sinceMs = nowMs
      let batch = sends()[0]
      while (batch === undefined) {
        later(50)
        batch = sends()[0]
      }
      expect(batch.seqs).toEqual([4])
      refuse(batch.id, 'BATCH_GAP', { expectedSeq: 2 })
      return nowMs - sinceMs
    })
    expect(waits).toEqual([50, 1000, 2000])
    expect(core.error?.code).toBe('BATCH_GAP')
  })

  test('a service that asks for what it was just sent is not asked in a loop', () => {
    goLive()
    record()
    refuse(sends()[0]!.id, 'BATCH_GAP', { expectedSeq: 1 })
    expect(seqsSent()).toEqual([])
    later(500)
    expect(seqsSent()).toEqual([[1]])
  })

  test('EPOCH_CHANGED: silence until the welcome, and a new connection where none comes', () => {
    goLive()
    record()
    refuse(sends()[0]!.id, 'EPOCH_CHANGED')
    later(1000)
    expect(seqsSent()).toEqual([])
    core.welcome(nowMs, welcome({ epoch: 2 }))
    const [batch] = sends()
    expect(batch!.seqs).toEqual([1])
    refuse(batch!.id, 'EPOCH_CHANGED')
    later(5000)
    expect(doing(poll(), 'disconnect')).toHaveLength(1)
  })

  test('a service that asks for more than was recorded speaks of another writer', () => {
    goLive()
    record()
    refuse(sends()[0]!.id, 'BATCH_GAP', { expectedSeq: 9 })
    expect(core.ending).toMatchObject({ state: 'refused', error: { code: 'SOURCE_INVALID' } })
  })

  test('TOKEN_EXPIRED: a new connection with a new token', () => {
    goLive()
    record()
    refuse(sends()[0]!.id, 'TOKEN_EXPIRED')
    const effects = poll()
    expect(effects.map((effect) => effect.do)).toEqual(['expire-token', 'disconnect'])
    later(500)
    goLive()
    expect(seqsSent()).toEqual([[1]])
  })

  test('TRY_LATER: the same batch after the wait that was asked for', () => {
    goLive({ limits: { ...LIMITS, maxBatchEvents: 1 } })
    record(3)
    const batches = sends()
    accept(batches[0]!.id, 1)
    refuse(batches[1]!.id, 'TRY_LATER', { retryAfterMs: 900 })
    later(899)
    expect(seqsSent()).toEqual([])
    later(1)
    expect(seqsSent()).toEqual([[2], [3]])
  })

  test('a code of a later version is waited out, longer each time', () => {
    goLive()
    record()
    for (const waitMs of [250, 500, 750]) {
      refuse(sends()[0]!.id, 'INVENTED_LATER' as ErrorCode)
      later(waitMs - 1)
      expect(sends()).toEqual([])
      later(1)
    }
    expect(seqsSent()).toEqual([[1]])
  })

  test('[I5] however often it is refused, and asked in vain for its watermark, it tries again within 1.5 s', () => {
    core = makeCore({ random: () => 0.999 })
    goLive()
    record()
    for (let i = 0; i < 20; i++) {
      const effects = poll()
      const [batch] = sends(effects)
      expect(batch?.seqs).toEqual([1])
      refuse(batch!.id, 'TRY_LATER')
      for (const { id } of doing(effects, 'ask-watermark')) {
        core.watermark(nowMs, id, { ok: false, code: 'TRY_LATER', message: 'the store is away' })
      }
      later(1_500)
    }
  })

  test('[I7] an event that is too large alone is stood in for, and the rest goes on', () => {
    goLive()
    record(2)
    const [both] = sends()
    refuse(both!.id, 'BATCH_TOO_LARGE')
    later(50)
    const singles = sends()
    expect(singles.map(({ seqs }) => seqs)).toEqual([[1], [2]])
    refuse(singles[0]!.id, 'BATCH_TOO_LARGE')
    const effects = poll()
    expect(doing(effects, 'tell-rejected')[0]?.events).toMatchObject([
      { sourceSeq: 1, code: 'EVENT_TOO_LARGE' },
    ])
    expect(doing(effects, 'keep')[0]?.entries[0]?.json).toContain('custom:not_recorded')
    later(50)
    const [again] = doing(poll(), 'send')
    expect(again!.events.map((event) => JSON.parse(event.json).type)).toEqual([
      'custom:not_recorded',
      'keystroke',
    ])
  })
})

describe('watermarks', () => {
  const ask = () => doing(poll(), 'ask-watermark')

  test('[R4] asked for every few seconds while something is uncommitted, and not otherwise', () => {
    goLive()
    later(10_000)
    expect(ask()).toHaveLength(0)
    record()
    accept(sends()[0]!.id, 1)
    later(4000)
    const [question] = ask()
    core.watermark(nowMs, question!.id, { epoch: 1, receivedSeq: 1, committedSeq: 1 })
    later(10_000)
    expect(ask()).toHaveLength(0)
  })

  test('[R4] what fell back is sent again', () => {
    goLive()
    record(4)
    accept(sends()[0]!.id, 4)
    later(4000)
    const [question] = ask()
    core.watermark(nowMs, question!.id, { epoch: 1, receivedSeq: 2, committedSeq: 0 })
    expect(seqsSent()).toEqual([[3, 4]])
    expect(core.receivedSeq).toBe(2)
  })

  test('an answer that a batch has overtaken is no fall back', () => {
    goLive()
    record(2)
    accept(sends()[0]!.id, 2)
    later(4000)
    const [question] = ask()
    record(2)
    accept(sends()[0]!.id, 4)
    core.watermark(nowMs, question!.id, { epoch: 1, receivedSeq: 2, committedSeq: 0 })
    expect(core.receivedSeq).toBe(4)
    expect(seqsSent()).toEqual([])
  })

  test('a newer epoch is one whose welcome was lost; an older one is old news', () => {
    goLive({ epoch: 5 })
    record(2)
    accept(sends()[0]!.id, 2)
    later(4000)
    core.watermark(nowMs, ask()[0]!.id, { epoch: 4, receivedSeq: 0, committedSeq: 0 })
    expect(seqsSent()).toEqual([])
    later(4000)
    core.watermark(nowMs, ask()[0]!.id, { epoch: 6, receivedSeq: 2, committedSeq: 1 })
    expect(seqsSent()).toEqual([[2]])
    expect(core.epoch).toBe(6)
  })

  test('asked more often while somebody waits', () => {
    goLive()
    record()
    accept(sends()[0]!.id, 1)
    core.isCommitAwaited = true
    later(1000)
    expect(ask()).toHaveLength(1)
  })
})

describe('the connection', () => {
  test('an ack that does not come means a dead socket', () => {
    goLive()
    record()
    sends()
    later(14_999)
    expect(doing(poll(), 'disconnect')).toHaveLength(0)
    later(1)
    expect(doing(poll(), 'disconnect')).toHaveLength(1)
    expect(core.state(nowMs)).toBe('offline')
  })

  test('attempts that fail in a row are spaced, up to a second and a half', () => {
    const waits = Array.from({ length: 6 }, () => {
      poll()
      core.lost(nowMs, 'no')
      poll()
      const waitMs = core.wakeAtMs - nowMs
      later(waitMs)
      return waitMs
    })
    expect(waits).toEqual([150, 300, 600, 750, 750, 750])
  })

  test.each([
    [5_000, 600],
    [5_001, 150],
  ])('after two failures, one that held for %i ms is missed for %i ms', (heldMs, waitMs) => {
    for (let i = 0; i < 2; i++) {
      poll()
      core.lost(nowMs, 'no')
      later(core.wakeAtMs - nowMs)
    }
    goLive()
    later(heldMs)
    core.lost(nowMs, 'no')
    poll()
    expect(core.wakeAtMs - nowMs).toBe(waitMs)
  })

  test('an expired token is replaced where a function can give another', () => {
    poll()
    core.refused(nowMs, { code: 'TOKEN_EXPIRED', message: 'expired' })
    expect(doing(poll(), 'expire-token')).toHaveLength(1)
    expect(core.ending).toBeNull()
    core = makeCore({ canRenewToken: false })
    poll()
    core.refused(nowMs, { code: 'TOKEN_EXPIRED', message: 'expired' })
    expect(core.ending?.state).toBe('refused')
  })

  test.each(['TOKEN_INVALID', 'SESSION_NOT_FOUND', 'ROLE_FORBIDDEN', 'PROTOCOL_UNSUPPORTED'] as const)(
    '%s is final',
    (code) => {
      poll()
      core.refused(nowMs, { code, message: code })
      expect(core.ending).toEqual({ state: 'refused', error: { code, message: code } })
      later(100_000)
      expect(doing(poll(), 'connect')).toHaveLength(0)
    },
  )

  test('a service that is away is waited for as long as it says', () => {
    poll()
    core.refused(nowMs, { code: 'TRY_LATER', message: 'away', retryAfterMs: 3000 })
    poll()
    expect(core.wakeAtMs).toBe(nowMs + 3000)
  })

  test('superseded: nothing more is sent', () => {
    goLive()
    record()
    refuse(sends()[0]!.id, 'SUPERSEDED')
    expect(core.state(nowMs)).toBe('superseded')
    record()
    later(100_000)
    expect(sends()).toEqual([])
  })

  test('a closed session: nothing more is sent, what was received is watched until it is committed', () => {
    goLive()
    record(2)
    accept(sends()[0]!.id, 2)
    record()
    later(50)
    refuse(sends()[0]!.id, 'SESSION_CLOSED')
    expect(core.state(nowMs)).toBe('closed')
    const [question] = doing(poll(), 'ask-watermark')
    core.watermark(nowMs, question!.id, { epoch: 1, receivedSeq: 2, committedSeq: 1 })
    expect(core.ending).toBeNull()
    later(4000)
    const [second] = doing(poll(), 'ask-watermark')
    core.watermark(nowMs, second!.id, { epoch: 1, receivedSeq: 2, committedSeq: 2 })
    const effects = poll()
    expect(doing(effects, 'send')).toEqual([])
    expect(doing(effects, 'forget')).toEqual([{ do: 'forget', throughSeq: 2 }])
    expect(core.ending).toMatchObject({ state: 'closed', error: { code: 'SESSION_CLOSED' } })
    expect(core.intake.queue.lastSeq).toBe(3)
  })

  test('a closed session whose rest is never committed is not watched for ever', () => {
    goLive()
    record(2)
    accept(sends()[0]!.id, 2)
    refuseNext('SESSION_CLOSED')
    later(29_999)
    poll()
    expect(core.ending).toBeNull()
    later(1)
    poll()
    expect(core.ending?.state).toBe('closed')
  })

  test('a connection that held for a while makes the next failure the first one again', () => {
    for (let i = 0; i < 6; i++) {
      poll()
      core.lost(nowMs, 'no')
      later(2000)
    }
    goLive()
    poll()
    later(10_001)
    core.lost(nowMs, 'cut')
    poll()
    expect(core.wakeAtMs).toBe(nowMs + 150)
  })

  test('what an earlier life has sent beyond its outbox is with the service, and no sign of another writer', () => {
    const entry = { json: '{"type":"keystroke","data":{}}', timestampMs: 1, mapped: true }
    const intake = new Intake(1_000_000, () => 'id')
    intake.restore(nowMs, [
      { seq: 4, ...entry },
      { seq: 5, ...entry },
    ])
    core = makeCore({ intake, isRestored: true })
    goLive({ receivedSeq: 7, committedSeq: 3 })
    expect(core.ending).toBeNull()
    expect(seqsSent()).toEqual([[4, 5]])
  })

  test('the outbox has an entry before it is told to forget it', () => {
    goLive()
    record()
    accept(sends()[0]!.id, 1, 1)
    record()
    const kinds = poll().map((effect) => effect.do)
    expect(kinds.indexOf('keep')).toBeLessThan(kinds.indexOf('forget'))
  })

  test('lagging: connected, and the oldest event is not taken', () => {
    goLive()
    record()
    const [batch] = sends()
    expect(core.state(nowMs)).toBe('recording')
    later(5000)
    expect(core.state(nowMs)).toBe('lagging')
    accept(batch!.id, 1)
    expect(core.state(nowMs)).toBe('recording')
  })

  test('what is over stays over', () => {
    expect(new Set(Object.values(NEXT_LINK.over))).toEqual(new Set(['over']))
  })
})
