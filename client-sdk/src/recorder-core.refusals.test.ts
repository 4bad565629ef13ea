import { beforeEach, describe, expect, test } from 'vitest'
import type { ErrorCode } from '../../protocol/errors.js'
import { LIMITS } from '../../protocol/limits.js'
import { DrivenCore, doing } from '../test-support/driven-core.js'

let driven: DrivenCore
beforeEach(() => {
  driven = new DrivenCore()
})

describe('refused batches', () => {
  test('a gap: on from expectedSeq, once, however many batches it hits', () => {
    driven.goLive({ limits: { ...LIMITS, maxBatchEvents: 2 } })
    driven.record(6)
    const batches = driven.sends()
    expect(batches).toHaveLength(3)
    driven.refuse(batches[1]!.id, 'BATCH_GAP', { expectedSeq: 2 })
    driven.refuse(batches[2]!.id, 'BATCH_GAP', { expectedSeq: 2 })
    driven.accept(batches[0]!.id, 2)
    expect(driven.seqsSent()).toEqual([
      [2, 3],
      [4, 5],
    ])
    expect(driven.core.receivedSeq).toBe(1)
  })

  test('[R6] a gap below what is still held: goes on offering what there is, slower and slower', () => {
    driven.goLive()
    driven.record(4)
    driven.accept(driven.sends()[0]!.id, 4, 3)
    driven.core.welcome(driven.nowMs, driven.welcome({ epoch: 2, receivedSeq: 1, committedSeq: 1 }))
    const waits = [1, 2, 3].map(() => {
      const sinceMs = driven.nowMs
      let batch = driven.sends()[0]
      while (batch === undefined) {
        driven.later(50)
        batch = driven.sends()[0]
      }
      expect(batch.seqs).toEqual([4])
      driven.refuse(batch.id, 'BATCH_GAP', { expectedSeq: 2 })
      return driven.nowMs - sinceMs
    })
    expect(waits).toEqual([50, 1000, 2000])
    expect(driven.core.error?.code).toBe('BATCH_GAP')
  })

  test('a service that asks for what it was just sent is not asked in a loop', () => {
    driven.goLive()
    driven.record()
    driven.refuse(driven.sends()[0]!.id, 'BATCH_GAP', { expectedSeq: 1 })
    expect(driven.seqsSent()).toEqual([])
    driven.later(500)
    expect(driven.seqsSent()).toEqual([[1]])
  })

  test('EPOCH_CHANGED: silence until the welcome, and a new connection where none comes', () => {
    driven.goLive()
    driven.record()
    driven.refuse(driven.sends()[0]!.id, 'EPOCH_CHANGED')
    driven.later(1000)
    expect(driven.seqsSent()).toEqual([])
    driven.core.welcome(driven.nowMs, driven.welcome({ epoch: 2 }))
    const [batch] = driven.sends()
    expect(batch!.seqs).toEqual([1])
    driven.refuse(batch!.id, 'EPOCH_CHANGED')
    driven.later(5000)
    expect(doing(driven.poll(), 'disconnect')).toHaveLength(1)
  })

  test('a service that asks for more than was recorded speaks of another writer', () => {
    driven.goLive()
    driven.record()
    driven.refuse(driven.sends()[0]!.id, 'BATCH_GAP', { expectedSeq: 9 })
    expect(driven.core.ending).toMatchObject({ state: 'refused', error: { code: 'SOURCE_INVALID' } })
  })

  test('TOKEN_EXPIRED: a new connection with a new token', () => {
    driven.goLive()
    driven.record()
    driven.refuse(driven.sends()[0]!.id, 'TOKEN_EXPIRED')
    const effects = driven.poll()
    expect(effects.map((effect) => effect.do)).toEqual(['expire-token', 'disconnect'])
    driven.later(500)
    driven.goLive()
    expect(driven.seqsSent()).toEqual([[1]])
  })

  test('TRY_LATER: the same batch after the wait that was asked for', () => {
    driven.goLive({ limits: { ...LIMITS, maxBatchEvents: 1 } })
    driven.record(3)
    const batches = driven.sends()
    driven.accept(batches[0]!.id, 1)
    driven.refuse(batches[1]!.id, 'TRY_LATER', { retryAfterMs: 900 })
    driven.later(899)
    expect(driven.seqsSent()).toEqual([])
    driven.later(1)
    expect(driven.seqsSent()).toEqual([[2], [3]])
  })

  test('a code of a later version is waited out, longer each time', () => {
    driven.goLive()
    driven.record()
    for (const waitMs of [250, 500, 750]) {
      driven.refuse(driven.sends()[0]!.id, 'INVENTED_LATER' as ErrorCode)
      driven.later(waitMs - 1)
      expect(driven.sends()).toEqual([])
      driven.later(1)
    }
    expect(driven.seqsSent()).toEqual([[1]])
  })

  test('[I5] however often it is refused, and asked in vain for its watermark, it tries again within 1.5 s', () => {
    driven = new DrivenCore({ random: () => 0.999 })
    driven.goLive()
    driven.record()
    for (let i = 0; i < 20; i++) {
      const effects = driven.poll()
      const [batch] = driven.sends(effects)
      expect(batch?.seqs).toEqual([1])
      driven.refuse(batch!.id, 'TRY_LATER')
      for (const { id } of doing(effects, 'ask-watermark')) {
        driven.core.watermark(driven.nowMs, id, {
          ok: false,
          code: 'TRY_LATER',
          message: 'the store is away',
        })
      }
      driven.later(1_500)
    }
  })

  test('[I7] an event that is too large alone is stood in for, and the rest goes on', () => {
    driven.goLive()
    driven.record(2)
    const [both] = driven.sends()
    driven.refuse(both!.id, 'BATCH_TOO_LARGE')
    driven.later(50)
    const singles = driven.sends()
    expect(singles.map(({ seqs }) => seqs)).toEqual([[1], [2]])
    driven.refuse(singles[0]!.id, 'BATCH_TOO_LARGE')
    const effects = driven.poll()
    expect(doing(effects, 'tell-rejected')[0]?.events).toMatchObject([
      { sourceSeq: 1, code: 'EVENT_TOO_LARGE' },
    ])
    expect(doing(effects, 'keep')[0]?.entries[0]?.json).toContain('custom:not_recorded')
    driven.later(50)
    const [again] = doing(driven.poll(), 'send')
    expect(again!.events.map((event) => JSON.parse(event.json).type)).toEqual([
      'custom:not_recorded',
      'keystroke',
    ])
  })
})

describe('watermarks', () => {
  const ask = () => doing(driven.poll(), 'ask-watermark')

  test('[R4] asked for every few seconds while something is uncommitted, and not otherwise', () => {
    driven.goLive()
    driven.later(10_000)
    expect(ask()).toHaveLength(0)
    driven.record()
    driven.accept(driven.sends()[0]!.id, 1)
    driven.later(4000)
    const [question] = ask()
    driven.core.watermark(driven.nowMs, question!.id, { epoch: 1, receivedSeq: 1, committedSeq: 1 })
    driven.later(10_000)
    expect(ask()).toHaveLength(0)
  })

  test('[R4] what fell back is sent again', () => {
    driven.goLive()
    driven.record(4)
    driven.accept(driven.sends()[0]!.id, 4)
    driven.later(4000)
    const [question] = ask()
    driven.core.watermark(driven.nowMs, question!.id, { epoch: 1, receivedSeq: 2, committedSeq: 0 })
    expect(driven.seqsSent()).toEqual([[3, 4]])
    expect(driven.core.receivedSeq).toBe(2)
  })

  test('an answer that a batch has overtaken is no fall back', () => {
    driven.goLive()
    driven.record(2)
    driven.accept(driven.sends()[0]!.id, 2)
    driven.later(4000)
    const [question] = ask()
    driven.record(2)
    driven.accept(driven.sends()[0]!.id, 4)
    driven.core.watermark(driven.nowMs, question!.id, { epoch: 1, receivedSeq: 2, committedSeq: 0 })
    expect(driven.core.receivedSeq).toBe(4)
    expect(driven.seqsSent()).toEqual([])
  })

  test('a newer epoch is one whose welcome was lost; an older one is old news', () => {
    driven.goLive({ epoch: 5 })
    driven.record(2)
    driven.accept(driven.sends()[0]!.id, 2)
    driven.later(4000)
    driven.core.watermark(driven.nowMs, ask()[0]!.id, { epoch: 4, receivedSeq: 0, committedSeq: 0 })
    expect(driven.seqsSent()).toEqual([])
    driven.later(4000)
    driven.core.watermark(driven.nowMs, ask()[0]!.id, { epoch: 6, receivedSeq: 2, committedSeq: 1 })
    expect(driven.seqsSent()).toEqual([[2]])
    expect(driven.core.epoch).toBe(6)
  })

  test('asked more often while somebody waits', () => {
    driven.goLive()
    driven.record()
    driven.accept(driven.sends()[0]!.id, 1)
    driven.core.isCommitAwaited = true
    driven.later(1000)
    expect(ask()).toHaveLength(1)
  })
})
