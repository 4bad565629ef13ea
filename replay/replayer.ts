import type { RecordedEvent } from '../protocol/events.js'
import type { Overview } from './overview.js'
import type { ReplayState } from './state.js'

/** A place in the order of replay: epoch ms, and the seq among the events of that millisecond. */
export interface ReplayPlace {
  readonly atMs: number
  readonly seq: number
}

/** What stops a long reading; an AbortSignal is one. */
export interface StopSignal {
  readonly aborted: boolean
}

/** What a step goes to: any event, an edit of code, a checkpoint. */
export type StepKind = 'event' | 'edit' | 'checkpoint'

/** A recording that can be looked at at any moment: live and whole in memory, or segment by segment. */
export interface Replayer {
  readonly overview: Overview
  /** Grows whenever states or the overview may be others than before. */
  readonly revision: number
  /** Calls back after each growth of `revision`; returns how to stop. */
  subscribe(listener: () => void): () => void
  /** The state at a moment (all events with timestamp ≤ atMs); null where something must be loaded first, see ready(). */
  stateAt(atMs: number): ReplayState | null
  /** Loads what stateAt(atMs) needs. Resolves false when a newer call made this one stale; rejects when loading fails. */
  ready(atMs: number): Promise<boolean>
  /** The time and seq of the nearest event after/before (atMs, seq), of a kind; null where there is none. May load. */
  step(from: ReplayPlace, direction: 1 | -1, kind: StepKind): Promise<ReplayPlace | null>
  /** All events in the order of replay, loaded as one goes; for find and exports. */
  events(signal?: StopSignal): AsyncIterable<readonly RecordedEvent[]>
  close(): void
}

/** Whether an event is what a step of a kind goes to. */
export const isStepTarget = (event: RecordedEvent, kind: StepKind): boolean =>
  kind === 'event' || (kind === 'edit' ? event.type === 'code_edit' : event.checkpoint)
