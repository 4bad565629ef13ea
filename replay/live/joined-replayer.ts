import type { RecordedEvent } from '../../protocol/events.js'
import { createReplayEngine, type ReplayEngine } from '../engine.js'
import { MemoryReplayer } from '../memory-replayer.js'
import { type Overview, OverviewBuilder } from '../overview.js'
import type { Replayer, ReplayPlace, StepKind, StopSignal } from '../replayer.js'
import type { ReplayState } from '../state.js'
import { goesOn, type OpenedKeyframe, openKeyframe, type SessionKeyframe } from './session-keyframe.js'

/** What a keyframe has come to with the events since. */
interface Joined {
  readonly keyframe: OpenedKeyframe
  readonly engine: ReplayEngine
}

/**
 * The replayer of a session that goes on and may be joined in the middle: from a keyframe it shows the end of it at once, and all
 * other moments once its history is here too. Without a keyframe it holds all events as they come.
 *
 * INVARIANT: no state is shown that playing from zero would not give. What the keyframe can't tell waits for the history,
 * and that is everything once an event has come that belongs before its place [R2].
 */
export class JoinedReplayer implements Replayer {
  private readonly all: MemoryReplayer
  private joined: Joined | null = null
  /** Of the events up to `historyEndSeq`, those up to `historySeq` are here. */
  private historySeq = 0
  private historyEndSeq = 0
  private partial: Overview | null = null
  /** Of when there was a keyframe. */
  private lastPartial: Overview = new OverviewBuilder().overview()
  private grown = 0
  private isClosed = false
  private readonly listeners = new Set<() => void>()
  private waiting: (() => void)[] = []

  /** @param whenDue as a MemoryReplayer takes it */
  constructor(whenDue?: (makeAnew: () => void) => void) {
    this.all = new MemoryReplayer(whenDue)
    this.all.subscribe(() => this.changed())
  }

  /**
   * Begins with a keyframe, before any event: those up to its seq are awaited by {@link insertHistory}, the others by
   * {@link insert}. False where it can't be read; then all are awaited by `insert`.
   */
  begin(keyframe: SessionKeyframe): boolean {
    const opened = understood(keyframe)
    if (opened === null) return false
    const engine = createReplayEngine({ from: opened.fold })
    engine.insert(opened.events)
    this.joined = { keyframe: opened, engine }
    this.historyEndSeq = opened.throughSeq
    this.changed()
    return true
  }

  /** How many events are still to come before every moment can be shown. */
  get historyLeft(): number {
    return this.historyEndSeq - this.historySeq
  }

  get overview(): Overview {
    if (this.historyLeft === 0) return this.all.overview
    this.partial ??= this.joined === null ? this.lastPartial : this.buildPartial(this.joined)
    return this.partial
  }

  get revision(): number {
    return this.grown
  }

  /**
   * Adds events, in whatever order they come; a seq that is known already is left out. Those of the history may come here
   * too, in seq order: whoever took the keyframe for unused gets all events this way.
   */
  insert(events: readonly RecordedEvent[]): void {
    this.insertHistory(events)
    const since = events.filter(({ seq }) => seq > this.historyEndSeq)
    if (since.length === 0) return
    if (this.joined !== null) {
      if (goesOn(this.joined.keyframe, since)) this.joined.engine.insert(since)
      else this.leaveKeyframe()
    }
    this.all.insert(since)
  }

  /**
   * Adds the next events of the history: consecutive ones, the first behind the last one added. Others are left out, as are
   * those above its end, which a new epoch may have brought nearer since they were asked for [R3].
   */
  insertHistory(events: readonly RecordedEvent[]): void {
    const next = events.filter(({ seq }) => seq > this.historySeq && seq <= this.historyEndSeq)
    const last = next.at(-1)
    if (last === undefined) return
    this.historySeq = last.seq
    this.all.insert(next)
    // As it comes, so that no moment takes as long as all of it.
    this.all.foldUntil(last.timestamp)
    if (this.historyLeft === 0) this.historyIsHere()
  }

  /** Forgets all events above `seq`: at a new epoch their seqs may mean other events [R3]. */
  dropAbove(seq: number): void {
    if (this.joined !== null) {
      if (seq >= this.joined.keyframe.throughSeq) this.joined.engine.dropAbove(seq)
      else this.leaveKeyframe()
    }
    this.historyEndSeq = Math.min(this.historyEndSeq, seq)
    this.historySeq = Math.min(this.historySeq, seq)
    this.all.dropAbove(seq)
    if (this.historyLeft === 0) this.historyIsHere()
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  stateAt(atMs: number): ReplayState | null {
    if (this.joined !== null && atMs >= this.joined.keyframe.place.atMs)
      return this.joined.engine.stateAt(atMs)
    return this.historyLeft === 0 ? this.all.stateAt(atMs) : null
  }

  async ready(atMs: number): Promise<boolean> {
    while (!this.isClosed && this.stateAt(atMs) === null)
      await new Promise<void>((resolve) => this.waiting.push(resolve))
    return !this.isClosed
  }

  async step(from: ReplayPlace, direction: 1 | -1, kind: StepKind): Promise<ReplayPlace | null> {
    await this.whole()
    return this.all.step(from, direction, kind)
  }

  async *events(signal?: StopSignal): AsyncIterable<readonly RecordedEvent[]> {
    await this.whole()
    yield* this.all.events(signal)
  }

  close(): void {
    this.isClosed = true
    this.listeners.clear()
    this.all.close()
    this.historyIsHere()
  }

  private async whole(): Promise<void> {
    while (!this.isClosed && this.historyLeft > 0)
      await new Promise<void>((resolve) => this.waiting.push(resolve))
  }

  private historyIsHere(): void {
    for (const resolve of this.waiting.splice(0)) resolve()
  }

  private changed(): void {
    this.partial = null
    this.grown += 1
    for (const listener of this.listeners) listener()
  }

  /** Until the history is here the overview stays as it is. */
  private leaveKeyframe(): void {
    if (this.historyLeft > 0) this.lastPartial = this.overview
    this.joined = null
  }

  /** Of what is here of the end; of what lies before it, when it began and how many events it has. */
  private buildPartial({ keyframe, engine }: Joined): Overview {
    const { fold, place } = keyframe
    const { firstMs, eventCount } = fold
    const builder = new OverviewBuilder({ startMs: firstMs ?? place.atMs, endMs: place.atMs, eventCount })
    for (const event of engine.events) builder.add(event)
    return builder.overview()
  }
}

function understood(keyframe: SessionKeyframe): OpenedKeyframe | null {
  try {
    return openKeyframe(keyframe)
  } catch {
    return null
  }
}
