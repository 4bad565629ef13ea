import { PAUSED_TYPE, RESUMED_TYPE } from '../protocol/event-types.js'
import type { RecordedEvent } from '../protocol/events.js'
import { isFromAPage } from './analysis/focus.js'
import { EvenList } from './even-list.js'

/** A stretch in which one of the tabs recorded nothing, as it had promised. Epoch ms. */
interface Break {
  fromMs: number
  /** null: not over yet. */
  toMs: number | null
  label: string
}

const MAX_LABEL_CHARS = 200

/**
 * The breaks of a recording that grows at its end, each from its tab's `pause()` to its `resume()`. Nobody ends the break
 * of a tab that is closed or loaded anew meanwhile, and nothing tells that it is: such a break ends where another page
 * records, be it a new one or one that was open all the time.
 */
export class OverviewBreaks {
  private readonly breaks: EvenList<Break>
  /** By source: the break that its tab has not ended. */
  private readonly open = new Map<number, Break>()
  /** Of these, the ones since which no other page was heard of. */
  private readonly goingOn = new Map<number, Break>()

  constructor(maxCount: number) {
    this.breaks = new EvenList(maxCount)
  }

  /** Takes the next event in the order of replay. */
  add(event: RecordedEvent): void {
    const { type, source, timestamp } = event
    if (type === PAUSED_TYPE) this.begin(event)
    else if (type === RESUMED_TYPE) this.end(source, timestamp)
    else if (this.goingOn.size > 0 && isFromAPage(event)) this.interrupt(source, timestamp)
  }

  /** In the order of their beginnings; one that is not over goes on to `endMs`. */
  until(endMs: number): { fromMs: number; toMs: number; label: string }[] {
    return this.breaks.items.map((each) => ({ ...each, toMs: each.toMs ?? endMs }))
  }

  private begin({ source, timestamp, data }: RecordedEvent): void {
    // A second pause is the first one going on, as in the statistics.
    if (this.open.has(source)) return
    const reason = (data as { reason?: unknown } | null)?.reason
    const pause: Break = { fromMs: timestamp, toMs: null, label: labelOf(reason) }
    this.open.set(source, pause)
    this.goingOn.set(source, pause)
    this.breaks.add(pause)
  }

  /** INVARIANT: what its own tab says holds, also where another page was heard of meanwhile. */
  private end(source: number, atMs: number): void {
    const pause = this.open.get(source)
    if (pause === undefined) return
    pause.toMs = atMs
    this.open.delete(source)
    this.goingOn.delete(source)
  }

  private interrupt(source: number, atMs: number): void {
    for (const [paused, pause] of this.goingOn) {
      if (paused === source) continue
      pause.toMs = atMs
      this.goingOn.delete(paused)
    }
  }
}

const labelOf = (reason: unknown): string =>
  (typeof reason === 'string' && reason !== '' ? `Recording paused: ${reason}` : 'Recording paused').slice(
    0,
    MAX_LABEL_CHARS,
  )
