import type { RecordedEvent } from '../../protocol/events.js'
import { createReplayEngine, type EngineStart, type ReplayEngine } from '../engine.js'
import type { Fold } from '../fold/fold.js'
import type { ReplayState } from '../state.js'
import { byTime } from '../timeline.js'

/** A window may go on from the one before it, with its output, as long as there is no more than this of that. */
const MAX_CARRIED_CHUNKS = 20_000

/**
 * The events of one stretch of a recording, in memory: any moment of it is some folded events away. The time at which a stretch
 * ends is no moment of it any more, but of the next: what else happened then may come later.
 */
export class Window {
  private engine: ReplayEngine | null = null

  constructor(
    readonly stretch: number,
    private inOrder: readonly RecordedEvent[],
    private readonly stored: Fold,
    private readonly view: NonNullable<EngineStart['view']>,
    private whole: boolean,
  ) {}

  /** In the order of replay. */
  get events(): readonly RecordedEvent[] {
    return this.inOrder
  }

  /** Nothing is to come any more. */
  get isWhole(): boolean {
    return this.whole
  }

  /** Adds what else happened at the time at which it ends. */
  complete(events: readonly RecordedEvent[]): void {
    if (this.whole) return
    this.whole = true
    if (events.length === 0) return
    this.inOrder = [...this.inOrder, ...events].sort(byTime)
    this.engine?.insert(events)
  }

  /**
   * @param before the window before it, where a viewer comes from there: going on from its end rather than from what is
   * stored keeps the screen's scrollback, and all that did not change the same object
   */
  stateAt(atMs: number, before: Window | null): ReplayState {
    return this.begun(before).stateAt(atMs)
  }

  private begun(before: Window | null): ReplayEngine {
    if (this.engine === null) {
      const carried = before?.isWhole === true ? before.engine?.foldAtEnd() : undefined
      const from = carried !== undefined && carried.output.length < MAX_CARRIED_CHUNKS ? carried : this.stored
      this.engine = createReplayEngine({ from, view: this.view })
      this.engine.insert(this.events)
    }
    return this.engine
  }
}
