import type { Welcome } from '../../protocol/batch.js'
import type { ErrorCode } from '../../protocol/errors.js'
import { LIMITS } from '../../protocol/limits.js'
import { Intake } from '../src/intake.js'
import { type CoreOptions, RecorderCore } from '../src/recorder-core.js'
import type { CoreEffect } from '../src/recorder-effects.js'

/** A recorder's core, its clock, and the service as the core hears of it: each call is one thing that happens to it. */
export class DrivenCore {
  nowMs = 1_000_000
  readonly core: RecorderCore

  constructor(more: Partial<CoreOptions> = {}) {
    this.core = new RecorderCore({
      intake: new Intake(1_000_000, () => 'id'),
      isRestored: false,
      gatherMs: 50,
      canRenewToken: true,
      random: () => 0,
      ...more,
    })
  }

  later(ms: number): void {
    this.nowMs += ms
  }

  record(count = 1): void {
    for (let i = 0; i < count; i++) this.core.intake.record(this.nowMs, { type: 'keystroke', data: {} })
  }

  poll(): CoreEffect[] {
    return this.core.poll(this.nowMs)
  }

  /** Which batches go out now, with the source seqs of their events. */
  sends(effects = this.poll()): { id: number; seqs: number[] }[] {
    return doing(effects, 'send').map(({ id, events }) => ({ id, seqs: events.map((event) => event.seq) }))
  }

  seqsSent(): number[][] {
    return this.sends().map(({ seqs }) => seqs)
  }

  welcome(more: Partial<Welcome> = {}): Welcome {
    return {
      sessionId: 's',
      epoch: 1,
      receivedSeq: 0,
      committedSeq: 0,
      serverTimeMs: this.nowMs,
      limits: LIMITS,
      ...more,
    }
  }

  goLive(more: Partial<Welcome> = {}): void {
    this.poll()
    this.core.connected(this.nowMs)
    this.core.welcome(this.nowMs, this.welcome(more))
  }

  accept(id: number, receivedSeq: number, committedSeq = 0, more: object = {}): void {
    this.core.ack(this.nowMs, id, { ok: true, receivedSeq, committedSeq, ...more })
  }

  refuse(id: number, code: ErrorCode, more: object = {}): void {
    this.core.ack(this.nowMs, id, { ok: false, code, message: code, ...more })
  }

  /** Records one more event, whose batch is refused. */
  refuseNext(code: ErrorCode): void {
    this.record()
    this.later(50)
    const [batch] = this.sends()
    if (batch === undefined) throw new Error('Nothing was sent that could be refused.')
    this.refuse(batch.id, code)
  }
}

/** The effects of one kind. */
export const doing = <D extends CoreEffect['do']>(effects: CoreEffect[], what: D) =>
  effects.filter((effect): effect is Extract<CoreEffect, { do: D }> => effect.do === what)
