import type { RecordedEvent } from '../protocol/events.js'
import { apply } from './fold/apply.js'
import { EMPTY_FOLD, type Fold } from './fold/fold.js'
import { type Keyframe, Keyframes } from './keyframes.js'
import type { ReplayState } from './state.js'
import { Timeline } from './timeline.js'
import { createView } from './view.js'

export interface ReplayEngine {
  /**
   * Adds events in whatever order they come; a seq that is known already is left out. Answers the index of the first
   * place in `events` that changed.
   */
  insert(events: readonly RecordedEvent[]): number
  /** Forgets all events above `seq`: at a new epoch their seqs may mean other events [R3]. Answers as `insert` does. */
  dropAbove(seq: number): number
  /** The state after all events with timestamp ≤ `atMs` (epoch ms); without `atMs` after all events. */
  stateAt(atMs?: number): ReplayState
  /** Folds all events with timestamp ≤ `atMs` now, so that moments up to there are near a keyframe. */
  foldUntil(atMs: number): void
  /** The fold of all events, for an engine that goes on from here. */
  foldAtEnd(): Fold
  /** Events in the order of replay: by timestamp, then seq [R2]. */
  readonly events: readonly RecordedEvent[]
  /** The events that are checkpoints, in the order of replay. */
  readonly checkpoints: readonly RecordedEvent[]
  readonly eventCount: number
  /** How many events lie before a place in the order of replay. */
  countBefore(place: { readonly atMs: number; readonly seq: number }): number
  /** Timestamps of the first and the last event, epoch ms; null without events. */
  readonly firstMs: number | null
  readonly lastMs: number | null
}

export interface EngineStart {
  /** What the events go on from; nothing unless given. */
  from?: Fold
  /** Shared by engines whose states one viewer sees, so that what they have in common stays the same object. */
  view?: ReturnType<typeof createView>
}

/**
 * The replay of one session. Inserting folds nothing; asking for a state folds from the nearest keyframe, or
 * on from the last state asked for, and leaves keyframes behind.
 * INVARIANT: keyframes and cursor hold only folds of exactly the first `index` events of the timeline.
 */
export function createReplayEngine({
  from = EMPTY_FOLD,
  view = createView(),
}: EngineStart = {}): ReplayEngine {
  const timeline = new Timeline()
  const keyframes = new Keyframes(from)
  let cursor: Keyframe = { index: 0, fold: from }
  let checkpoints: readonly RecordedEvent[] | null = null

  function changedFrom(index: number): number {
    keyframes.dropAfter(index)
    if (cursor.index > index) cursor = keyframes.nearest(index)
    checkpoints = null
    return index
  }

  function foldFirst(index: number): Keyframe {
    const nearest = keyframes.nearest(index)
    const start = cursor.index <= index && cursor.index > nearest.index ? cursor : nearest
    let { fold } = start
    for (let i = start.index; i < index; i++) {
      fold = apply(fold, timeline.events[i] as RecordedEvent)
      keyframes.offer(i + 1, fold)
    }
    cursor = { index, fold }
    return cursor
  }

  return {
    insert: (events) => changedFrom(timeline.insert(events)),
    dropAbove: (seq) => changedFrom(timeline.dropAbove(seq)),
    stateAt(atMs) {
      const count = atMs === undefined ? timeline.events.length : timeline.countUntil(atMs)
      return view(foldFirst(count).fold, atMs ?? timeline.events.at(-1)?.timestamp ?? 0)
    },
    foldUntil: (atMs) => void foldFirst(timeline.countUntil(atMs)),
    foldAtEnd: () => foldFirst(timeline.events.length).fold,
    get events() {
      return timeline.events
    },
    get checkpoints() {
      checkpoints ??= timeline.events.filter((event) => event.checkpoint)
      return checkpoints
    },
    get eventCount() {
      return timeline.events.length
    },
    countBefore: (place) => timeline.countBefore(place),
    get firstMs() {
      return timeline.events[0]?.timestamp ?? null
    },
    get lastMs() {
      return timeline.events.at(-1)?.timestamp ?? null
    },
  }
}
