import { PAUSED_TYPE, RESUMED_TYPE } from '../../protocol/event-types.js'
import type { RecordedEvent } from '../../protocol/events.js'
import { type Limits, MAX_BREAKS, MAX_SOURCES } from './limits.js'

/** Epoch ms. */
interface Span {
  fromMs: number
  toMs: number
}

/**
 * The breaks that the recorder promised to the candidate: nothing was recorded in one of the tabs, from its `pause()` to its
 * `resume()`. Both are activity, so a gap between activity lies in a break as a whole or not at all.
 */
export class Breaks {
  /** Source → since when. */
  private readonly open = new Map<number, number>()
  private ended: Span[] = []

  constructor(private readonly limits: Limits) {}

  add({ type, source, timestamp }: RecordedEvent): void {
    if (type === PAUSED_TYPE) {
      if (this.open.has(source)) return
      if (this.open.size < MAX_SOURCES) this.open.set(source, timestamp)
      else this.limits.reach('sources')
    } else if (type === RESUMED_TYPE) {
      const fromMs = this.open.get(source)
      if (fromMs === undefined) return
      this.open.delete(source)
      if (this.ended.length < MAX_BREAKS) this.ended.push({ fromMs, toMs: timestamp })
      else this.limits.reach('breaks')
    }
  }

  /** The gaps that are in no break; `gaps` in order. Of a break that its tab never ended the first gap is promised. */
  without<Gap extends Span>(gaps: readonly Gap[]): Gap[] {
    if (this.ended.length + this.open.size === 0) return [...gaps]
    const promised = new Set(
      [...this.open.values()].map((sinceMs) => gaps.find(({ fromMs }) => fromMs >= sinceMs)),
    )
    const breaks = united(this.ended)
    let next = 0
    return gaps.filter((gap) => {
      while ((breaks[next]?.toMs ?? Number.POSITIVE_INFINITY) <= gap.fromMs) next++
      return !promised.has(gap) && gap.fromMs < (breaks[next]?.fromMs ?? Number.POSITIVE_INFINITY)
    })
  }

  save() {
    return {
      open: [...this.open],
      ended: this.ended.map(({ fromMs, toMs }) => [fromMs, toMs] as const),
    }
  }

  restore(saved: ReturnType<Breaks['save']>): void {
    for (const [source, sinceMs] of saved.open) this.open.set(source, sinceMs)
    this.ended = saved.ended.map(([fromMs, toMs]) => ({ fromMs, toMs }))
  }
}

/** In order of time, those that touch or overlap as one. */
function united(spans: readonly Span[]): Span[] {
  const result: Span[] = []
  for (const { fromMs, toMs } of [...spans].sort((a, b) => a.fromMs - b.fromMs)) {
    const last = result.at(-1)
    if (last === undefined || fromMs > last.toMs) result.push({ fromMs, toMs })
    else last.toMs = Math.max(last.toMs, toMs)
  }
  return result
}
