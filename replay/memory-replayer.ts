import type { RecordedEvent } from '../protocol/events.js'
import { placeSeqOf } from '../protocol/repairs.js'
import { createReplayEngine } from './engine.js'
import { type Overview, OverviewBuilder } from './overview.js'
import { isStepTarget, type Replayer, type ReplayPlace, type StepKind, type StopSignal } from './replayer.js'
import type { ReplayState } from './state.js'

const BATCH_EVENTS = 2000

/** The replayer of a session that goes on, or that is wholly here: all of its events in memory, in whatever order they come. */
export class MemoryReplayer implements Replayer {
  private readonly engine = createReplayEngine()
  private readonly listeners = new Set<() => void>()
  private builder = new OverviewBuilder()
  /** Up to which index, in the order of replay, the builder has the events: all of them but those that came late. */
  private builtCount = 0
  /** The last of those. */
  private lastBuilt: RecordedEvent | null = null
  private known: Overview | null = null
  private grown = 0

  /**
   * @param whenDue runs an overview's making anew, from all events: at once, or later where events that come late are
   * many. Until then the overview lacks those, and has all others. One that is asked for while another waits may be left out
   */
  constructor(private readonly whenDue: (makeAnew: () => void) => void = (makeAnew) => makeAnew()) {}

  get overview(): Overview {
    this.known ??= this.build()
    return this.known
  }

  get revision(): number {
    return this.grown
  }

  /** Adds events in whatever order they come; a seq that is known already is left out. */
  insert(events: readonly RecordedEvent[]): void {
    const fromIndex = this.engine.insert(events)
    if (fromIndex < this.builtCount) this.takeLate(fromIndex)
    this.changed()
  }

  /** Forgets all events above `seq`: at a new epoch their seqs may mean other events [R3]. */
  dropAbove(seq: number): void {
    if (this.engine.dropAbove(seq) < this.builtCount) this.forgetBuilt()
    this.changed()
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** Folds up to a moment now, so that none before it takes long. */
  foldUntil(atMs: number): void {
    this.engine.foldUntil(atMs)
  }

  stateAt(atMs: number): ReplayState {
    return this.engine.stateAt(atMs)
  }

  ready(): Promise<boolean> {
    return Promise.resolve(true)
  }

  step(from: ReplayPlace, direction: 1 | -1, kind: StepKind): Promise<ReplayPlace | null> {
    const { events } = this.engine
    // With the first event behind the place, or the last one before it.
    let index = this.engine.countBefore(from) + (direction > 0 ? 0 : -1)
    const here = events[index]
    if (direction > 0 && here?.timestamp === from.atMs && here.seq === from.seq) index += 1
    for (; index >= 0 && index < events.length; index += direction) {
      const event = events[index] as RecordedEvent
      if (isStepTarget(event, kind)) return Promise.resolve({ atMs: event.timestamp, seq: event.seq })
    }
    return Promise.resolve(null)
  }

  async *events(signal?: StopSignal): AsyncIterable<readonly RecordedEvent[]> {
    // Those of one moment: what is inserted meanwhile must not be told twice, nor push others out.
    const events = this.engine.events.slice()
    for (let at = 0; at < events.length && !signal?.aborted; at += BATCH_EVENTS)
      yield events.slice(at, at + BATCH_EVENTS)
  }

  close(): void {
    this.listeners.clear()
  }

  private changed(): void {
    this.known = null
    this.grown += 1
    this.tell()
  }

  private tell(): void {
    for (const listener of this.listeners) listener()
  }

  /** Events came whose place, `fromIndex` and behind it, is before what is built. */
  private takeLate(fromIndex: number): void {
    // When it all began is what every moment is told by.
    if (fromIndex === 0) {
      this.forgetBuilt()
      return
    }
    const last = this.lastBuilt as RecordedEvent
    const { events } = this.engine
    let index = this.engine.countBefore({ atMs: last.timestamp, seq: placeSeqOf(last) })
    while (events[index] !== last) index += 1
    this.builtCount = index + 1
    let isLater = false
    this.whenDue(() => {
      this.forgetBuilt()
      if (isLater) this.tell()
    })
    isLater = true
  }

  /** What was folded into an overview can't be taken out of it again, nor put in between. */
  private forgetBuilt(): void {
    this.builder = new OverviewBuilder()
    this.builtCount = 0
    this.lastBuilt = null
    this.known = null
  }

  private build(): Overview {
    const { events } = this.engine
    for (; this.builtCount < events.length; this.builtCount++) {
      this.lastBuilt = events[this.builtCount] as RecordedEvent
      this.builder.add(this.lastBuilt)
    }
    return this.builder.overview()
  }
}
