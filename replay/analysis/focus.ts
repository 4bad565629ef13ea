import type { RecordedEvent } from '../../protocol/events.js'
import { type Limits, MAX_AWAY_TIMES, MAX_SOURCES } from './limits.js'
import { type EventRef, refOf } from './tally.js'

/** What begins and what ends a time away, in two ways that overlap. */
const BEGINS: Record<string, 'hidden' | 'blurred'> = { tab_hidden: 'hidden', window_blur: 'blurred' }
const ENDS: Record<string, 'hidden' | 'blurred'> = { tab_visible: 'hidden', window_focus: 'blurred' }
/** What only a page sends that somebody has in front of them. */
const FROM_A_PAGE = new Set([
  'code_edit',
  'editor_open',
  'cursor',
  'keystroke',
  'paste',
  'copy',
  'fullscreen_exit',
])

interface Page {
  firstMs: number
  hidden: EventRef | null
  blurred: EventRef | null
}

interface Away {
  from: EventRef
  toMs: number
}

/**
 * The times that a tab was hidden or its window not in front. Each page load is a source of its own, whose times
 * never fall. A time away that its page never ended, since it was closed meanwhile, ends where a later page load
 * begins, or with the session's last event.
 */
export class Focus {
  private readonly pages = new Map<number, Page>()
  private ended: Away[] = []

  constructor(private readonly limits: Limits) {}

  add(event: RecordedEvent): void {
    const begins = BEGINS[event.type]
    const ends = ENDS[event.type]
    if (begins === undefined && ends === undefined && !FROM_A_PAGE.has(event.type)) return
    const page = this.pageOf(event)
    if (page === null) return
    if (begins !== undefined) page[begins] ??= refOf(event)
    if (ends === undefined) return
    const from = page[ends]
    page[ends] = null
    if (from === null) return
    if (this.ended.length < MAX_AWAY_TIMES) this.ended.push({ from, toMs: event.timestamp })
    else this.limits.reach('awayTimes')
  }

  /** Times away in order, none touching another. `lastMs` is the time of the session's last event. */
  away(lastMs: number): Away[] {
    const firsts = [...this.pages.values()].map((page) => page.firstMs).sort((a, b) => a - b)
    const all = [...this.ended]
    for (const page of this.pages.values()) {
      for (const from of [page.hidden, page.blurred]) {
        if (from === null) continue
        const next = firsts.find((firstMs) => firstMs > from.timestamp && firstMs !== page.firstMs)
        all.push({ from, toMs: Math.max(from.timestamp, next ?? lastMs) })
      }
    }
    all.sort((a, b) => a.from.timestamp - b.from.timestamp || a.from.seq - b.from.seq)
    const merged: Away[] = []
    for (const one of all) {
      const last = merged.at(-1)
      if (last === undefined || one.from.timestamp > last.toMs) merged.push({ ...one })
      else last.toMs = Math.max(last.toMs, one.toMs)
    }
    return merged
  }

  save() {
    return {
      pages: [...this.pages].map(
        ([source, { firstMs, hidden, blurred }]) => [source, firstMs, hidden, blurred] as const,
      ),
      ended: this.ended.map(({ from, toMs }) => [from.timestamp, toMs] as const),
    }
  }

  restore(saved: ReturnType<Focus['save']>): void {
    for (const [source, firstMs, hidden, blurred] of saved.pages)
      this.pages.set(source, { firstMs, hidden, blurred })
    this.ended = saved.ended.map(([timestamp, toMs]) => ({ from: { seq: 0, timestamp, type: '' }, toMs }))
  }

  private pageOf(event: RecordedEvent): Page | null {
    const known = this.pages.get(event.source)
    if (known !== undefined) return known
    if (this.pages.size >= MAX_SOURCES) {
      this.limits.reach('sources')
      return null
    }
    const page: Page = { firstMs: event.timestamp, hidden: null, blurred: null }
    this.pages.set(event.source, page)
    return page
  }
}
