/**
 * Of the pages of one session, which are hidden, and how often a page was. Each page load is a source of its own, with a
 * higher number than those before it. A page that is reloaded says that it is hidden and never that it is back: the next
 * one begins in front, and says nothing of it.
 */
export interface TabAway {
  readonly count: number
  /** Of the pages that are hidden, by source. */
  readonly hiddenSinceMs: ReadonlyMap<number, number>
  readonly newest: { readonly source: number; readonly beganMs: number } | null
  readonly lastShown: { readonly source: number; readonly atMs: number } | null
}

/** A page that begins so soon after the one before it was hidden has replaced it: it was a reload, and nobody left. */
const RELOAD_MS = 10_000

/** Since when no page is in front; null while one is. */
export const tabAwaySinceMs = ({ hiddenSinceMs }: TabAway): number | null =>
  hiddenSinceMs.size === 0 ? null : Math.min(...hiddenSinceMs.values())

/** The first event of a page. */
export function pageBegan(away: TabAway, source: number, beganMs: number): TabAway {
  if (away.newest !== null && source <= away.newest.source) return away
  const before = [...away.hiddenSinceMs.values()].filter((sinceMs) => sinceMs <= beganMs)
  const reloads = before.filter((sinceMs) => beganMs - sinceMs <= RELOAD_MS)
  return {
    ...away,
    count: away.count - reloads.length,
    hiddenSinceMs: new Map([...away.hiddenSinceMs].filter(([, sinceMs]) => sinceMs > beganMs)),
    newest: { source, beganMs },
  }
}

/** The last word of a page may come after the first of the next, which sends what was left. */
export function pageHidden(away: TabAway, source: number, atMs: number): TabAway {
  const { newest, lastShown, hiddenSinceMs } = away
  const nextBeganMs = newest !== null && source < newest.source ? newest.beganMs : null
  if (nextBeganMs !== null && atMs <= nextBeganMs)
    return nextBeganMs - atMs <= RELOAD_MS ? away : { ...away, count: away.count + 1 }
  const count = away.count + 1
  const isOver = lastShown !== null && lastShown.source !== source && atMs <= lastShown.atMs
  if (isOver || hiddenSinceMs.has(source)) return { ...away, count }
  return { ...away, count, hiddenSinceMs: new Map(hiddenSinceMs).set(source, atMs) }
}

/** With one page in front the candidate is there, whatever the others said last. */
export function pageShown(away: TabAway, source: number, atMs: number): TabAway {
  return { ...away, hiddenSinceMs: new Map(), lastShown: { source, atMs } }
}
