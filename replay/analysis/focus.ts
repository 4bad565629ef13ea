import type { RecordedEvent } from '../../protocol/events.js'
import { type Limits, MAX_AWAY_TIMES, MAX_SOURCES } from './limits.js'
import { type EventRef, refOf } from './tally.js'

/** What begins and what ends a time away, in two ways that overlap. */
const BEGINS: Record<string, 'hidden' | 'blurred'> = { tab_hidden: 'hidden', window_blur: 'blurred' }
const ENDS: Record<string, 'hidden' | 'blurred'> = { tab_visible: 'hidden', window_focus: 'blurred' }
/** What only a page sends that somebody has in front of them; an edit also where nobody says what made it. */
const FROM_A_PAGE = new Set(['editor_open', 'cursor', 'keystroke', 'paste', 'copy', 'fullscreen_exit'])
const BY_HAND = new Set(['typed', 'paste', 'drop', 'complete', 'undo', 'redo'])
/** Input that is told so soon after a time away began was made before it. */
const INPUT_LAGS_MS = 1000
/** From one page to the next no more than so much is a change of tabs, not a time away. */
const CHANGE_OF_TABS_MS = 1000

interface Page {
  firstMs: number
  lastMs: number
  hidden: EventRef | null
  blurred: EventRef | null
}

interface Away {
  from: EventRef
  toMs: number
}

/** How an event bears on whether its page is in front of somebody. */
function signOf({ type, data }: RecordedEvent): 'input' | 'page' | null {
  if (type === 'keystroke' || type === 'paste' || type === 'copy') return 'input'
  if (FROM_A_PAGE.has(type)) return 'page'
  if (type !== 'code_edit') return null
  const origin = (data as { origin?: unknown } | null)?.origin
  if (typeof origin !== 'string') return 'page'
  return BY_HAND.has(origin) ? 'input' : null
}

/** Whether only a page sends such an event: its source is one. */
export const isFromAPage = (event: RecordedEvent): boolean =>
  signOf(event) !== null || Object.hasOwn(BEGINS, event.type) || Object.hasOwn(ENDS, event.type)

/**
 * The times that no page of the interview was in front: hidden, or its window behind another. Each page load is a
 * source of its own, whose times never fall. A time away that its page never ended ends with input into the page,
 * else where another page is first in front, else with the last that happened.
 */
export class Focus {
  private readonly pages = new Map<number, Page>()
  private ended: (Away & { source: number })[] = []

  constructor(private readonly limits: Limits) {}

  add(event: RecordedEvent): void {
    const begins = BEGINS[event.type]
    const ends = ENDS[event.type]
    const sign = signOf(event)
    if (begins === undefined && ends === undefined && sign === null) return
    const page = this.pageOf(event)
    if (page === null) return
    page.lastMs = Math.max(page.lastMs, event.timestamp)
    if (begins !== undefined) page[begins] ??= refOf(event)
    if (ends !== undefined) this.end(page, ends, event)
    if (sign !== 'input') return
    // Who types is there, also where the signal that says so was lost.
    for (const kind of ['hidden', 'blurred'] as const) {
      const from = page[kind]
      if (from !== null && event.timestamp - from.timestamp > INPUT_LAGS_MS) this.end(page, kind, event)
    }
  }

  private end(page: Page, kind: 'hidden' | 'blurred', { source, timestamp }: RecordedEvent): void {
    const from = page[kind]
    page[kind] = null
    if (from === null) return
    if (this.ended.length < MAX_AWAY_TIMES) this.ended.push({ from, toMs: timestamp, source })
    else this.limits.reach('awayTimes')
  }

  /** Times through `lastMs` with a page away and none in front, in order, none touching another. */
  away(lastMs: number): Away[] {
    const awayOf = new Map<number, Away[]>()
    const frontOf = new Map<number, Span[]>()
    for (const [source, page] of this.pages) {
      const times = this.timesOf(source, page)
      awayOf.set(source, times)
      frontOf.set(source, between(page, times))
    }
    const starts = [...frontOf].flatMap(([source, spans]) => spans.map(([fromMs]) => ({ source, fromMs })))
    const all: Away[] = []
    const ofOnePage = new Set<string>()
    for (const [source, times] of awayOf) {
      for (const { from, toMs } of times) {
        // Where the page never told that it came back, another one may.
        const isOpen = toMs === Number.POSITIVE_INFINITY
        const otherMs = isOpen ? firstOfOthers(starts, source, from.timestamp) : Number.POSITIVE_INFINITY
        const untilMs = Math.min(toMs, otherMs, lastMs)
        if (untilMs <= from.timestamp) continue
        all.push({ from, toMs: untilMs })
        if (untilMs < otherMs) ofOnePage.add(spanKey(from.timestamp, untilMs))
      }
    }
    return without(all.sort(inOrder), [...frontOf.values()].flat(), ofOnePage)
  }

  private timesOf(source: number, { hidden, blurred }: Page): Away[] {
    const times: Away[] = this.ended.filter((one) => one.source === source)
    for (const from of [hidden, blurred])
      if (from !== null) times.push({ from, toMs: Number.POSITIVE_INFINITY })
    return merged(times)
  }

  save() {
    return {
      pages: [...this.pages].map(
        ([source, { firstMs, lastMs, hidden, blurred }]) =>
          [source, firstMs, lastMs, hidden, blurred] as const,
      ),
      ended: this.ended.map(({ source, from, toMs }) => [source, from.timestamp, toMs] as const),
    }
  }

  restore(saved: ReturnType<Focus['save']>): void {
    for (const [source, firstMs, lastMs, hidden, blurred] of saved.pages)
      this.pages.set(source, { firstMs, lastMs, hidden, blurred })
    this.ended = saved.ended.map(([source, timestamp, toMs]) => ({
      source,
      from: { seq: 0, timestamp, type: '' },
      toMs,
    }))
  }

  private pageOf(event: RecordedEvent): Page | null {
    const known = this.pages.get(event.source)
    if (known !== undefined) return known
    if (this.pages.size >= MAX_SOURCES) {
      this.limits.reach('sources')
      return null
    }
    const { timestamp } = event
    const page: Page = { firstMs: timestamp, lastMs: timestamp, hidden: null, blurred: null }
    this.pages.set(event.source, page)
    return page
  }
}

type Span = readonly [fromMs: number, toMs: number]

const inOrder = (a: Away, b: Away): number => a.from.timestamp - b.from.timestamp || a.from.seq - b.from.seq
const spanKey = (fromMs: number, toMs: number): string => `${fromMs} ${toMs}`

function firstOfOthers(
  starts: readonly { source: number; fromMs: number }[],
  source: number,
  sinceMs: number,
): number {
  let first = Number.POSITIVE_INFINITY
  for (const one of starts)
    if (one.source !== source && one.fromMs >= sinceMs && one.fromMs < first) first = one.fromMs
  return first
}

/** In order of time, those that touch or overlap as one. */
function merged(times: readonly Away[]): Away[] {
  const result: Away[] = []
  for (const one of [...times].sort(inOrder)) {
    const last = result.at(-1)
    if (last === undefined || one.from.timestamp > last.toMs) result.push({ from: one.from, toMs: one.toMs })
    else last.toMs = Math.max(last.toMs, one.toMs)
  }
  return result
}

/** When a page was in front as far as it told: between its first and its last sign, but for its times away. */
function between({ firstMs, lastMs }: Page, away: readonly Away[]): Span[] {
  const spans: Span[] = []
  let fromMs = firstMs
  for (const { from, toMs } of away) {
    spans.push([fromMs, from.timestamp])
    fromMs = toMs
  }
  spans.push([fromMs, lastMs])
  return spans.filter(([a, b]) => a <= b)
}

/**
 * The times less those in which a page was in front; `times` in order. What is left between two pages may be a change
 * of tabs, unlike what one page told of itself.
 */
function without(times: readonly Away[], front: readonly Span[], ofOnePage: ReadonlySet<string>): Away[] {
  const borders = [
    ...times.flatMap(({ from, toMs }) => [
      { atMs: from.timestamp, away: 1, front: 0 },
      { atMs: toMs, away: -1, front: 0 },
    ]),
    ...front.flatMap(([fromMs, toMs]) => [
      { atMs: fromMs, away: 0, front: 1 },
      { atMs: toMs, away: 0, front: -1 },
    ]),
  ].sort((a, b) => a.atMs - b.atMs)
  const result: Away[] = []
  let [away, inFront, sinceMs, first] = [0, 0, -1, 0]
  borders.forEach((border, i) => {
    away += border.away
    inFront += border.front
    const { atMs } = border
    if (borders[i + 1]?.atMs === atMs) return
    const isAway = away > 0 && inFront === 0
    if (isAway && sinceMs < 0) sinceMs = atMs
    if (isAway || sinceMs < 0) return
    while ((times[first] as Away).toMs <= sinceMs) first++
    const isChange = atMs - sinceMs <= CHANGE_OF_TABS_MS && !ofOnePage.has(spanKey(sinceMs, atMs))
    const from = { ...(times[first] as Away).from, timestamp: sinceMs }
    if (!isChange) result.push({ from, toMs: atMs })
    sinceMs = -1
  })
  return result
}
