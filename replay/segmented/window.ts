import type { RecordedEvent } from '../../protocol/events.js'
import { createReplayEngine, type EngineStart, type ReplayEngine } from '../engine.js'
import type { Fold } from '../fold/fold.js'
import type { ReplayState } from '../state.js'

/** A window may go on from the one before it, with its output, as long as there is no more than this of that. */
const MAX_CARRIED_CHUNKS = 20_000

/** The events of one stretch of a recording, in memory: any moment of it is some folded events away. */
export class Window {
  private engine: ReplayEngine | null = null

  constructor(
    readonly stretch: number,
    /** In the order of replay. */
    readonly events: readonly RecordedEvent[],
    private readonly stored: Fold,
    private readonly view: NonNullable<EngineStart['view']>,
  ) {}

  /**
   * @param before the window before it, where a viewer comes from there: going on from its end rather than from what is
   * stored keeps the screen's scrollback, and all that did not change the same object
   */
  stateAt(atMs: number, before: Window | null): ReplayState {
    return this.begun(before).stateAt(atMs)
  }

  private begun(before: Window | null): ReplayEngine {
    if (this.engine === null) {
      const carried = before?.engine?.foldAtEnd()
      const from = carried !== undefined && carried.output.length < MAX_CARRIED_CHUNKS ? carried : this.stored
      this.engine = createReplayEngine({ from, view: this.view })
      this.engine.insert(this.events)
    }
    return this.engine
  }
}
