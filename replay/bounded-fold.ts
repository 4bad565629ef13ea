import type { RecordedEvent } from '../protocol/events.js'
import { charsOf } from './chars-of.js'
import { apply } from './fold/apply.js'
import { EMPTY_FOLD, type Fold } from './fold/fold.js'
import { Log } from './log.js'
import type { PersistentMap } from './persistent-map.js'
import type { ReplayState } from './state.js'
import { createView } from './view.js'

/** In UTF-16 units, with something for what surrounds the texts. */
export interface FoldBounds {
  /** Of each list: what was printed, the commands, the chat, … */
  listChars: number
  /** Of all files together, with pieces of long texts that still wait for the rest. */
  filesChars: number
}

const LISTS = ['output', 'commands', 'chat', 'testRuns', 'notes', 'signals', 'losses'] as const

export interface BoundedState {
  /** As an engine's, without `session`, `divergences` and `others` once there was too much of anything. */
  state: ReplayState
  /** By list, how many of its oldest entries are left out; none where all of it is there. */
  omitted: Partial<Record<(typeof LISTS)[number], number>>
}

export interface BoundedFold {
  /** Takes events in the order of replay. Throws FilesTooLarge. */
  add(events: readonly RecordedEvent[]): void
  /** The state after all of them; it is called that of `atMs`, or of the last event. */
  stateAt(atMs?: number): BoundedState
}

/** The texts of the files are more than the bound: unlike a list, a file has no part that is older than the rest. */
export class FilesTooLarge extends Error {
  override readonly name = 'FilesTooLarge'
}

/** How much may come between two looks at the bounds. */
const LOOK_AFTER_EVENTS = 16_384

/**
 * Folds a recording of any length in bounded memory. The events themselves are not kept, and of lists that grow
 * beyond their bound only the youngest entries, of a single entry beyond it only the end of its texts.
 */
export function createBoundedFold(bounds: FoldBounds): BoundedFold {
  const omitted: BoundedState['omitted'] = {}
  let fold = EMPTY_FOLD
  let lastMs = 0
  let charsSinceLook = 0
  let eventsSinceLook = 0

  function look(): void {
    charsSinceLook = 0
    eventsSinceLook = 0
    if (filesChars(fold) > bounds.filesChars) throw new FilesTooLarge()
    const kept: Partial<Record<string, Log<unknown>>> = {}
    for (const name of LISTS) {
      const list: Log<unknown> = fold[name]
      const shorter = withinChars(list, bounds.listChars)
      if (shorter === list) continue
      kept[name] = shorter
      if (shorter.length < list.length) omitted[name] = (omitted[name] ?? 0) + list.length - shorter.length
    }
    const unbounded = charsOf(fold.others) + charsOf(fold.divergences) + charsOf(fold.session)
    const nothingElse = { session: null, others: EMPTY_FOLD.others, divergences: EMPTY_FOLD.divergences }
    fold = { ...fold, ...(unbounded > bounds.listChars && nothingElse), ...kept }
  }

  return {
    add(events) {
      for (const event of events) {
        fold = apply(fold, event)
        lastMs = event.timestamp
        charsSinceLook += charsOf(event.data)
        if (++eventsSinceLook >= LOOK_AFTER_EVENTS || charsSinceLook >= bounds.listChars) look()
      }
    },
    stateAt(atMs) {
      look()
      return { state: createView()(fold, atMs ?? lastMs), omitted: { ...omitted } }
    },
  }
}

function filesChars({ files, startTexts, pending }: Fold): number {
  // A text that several entries share, as after a change of name, is there once.
  const texts = new Set([...files.values().map((file) => file.text), ...startTexts.values()])
  let chars = entriesChars(files) + entriesChars(startTexts)
  for (const text of texts) chars += text.length
  for (const { pieces } of pending.values()) chars += charsOf(pieces)
  return chars
}

const ENTRY_CHARS = 256
const entriesChars = (map: PersistentMap<unknown>): number => map.size * ENTRY_CHARS

/** The list without its oldest items, as far as it needs to be; itself where it fits. */
function withinChars(list: Log<unknown>, maxChars: number): Log<unknown> {
  const items = list.toArray()
  let chars = 0
  let first = items.length
  while (first > 0 && chars <= maxChars) chars += charsOf(items[--first])
  if (chars <= maxChars) return list
  // The one that went over is left out, unless it is the youngest.
  const kept = items.slice(Math.min(first + 1, items.length - 1))
  return kept.reduce<Log<unknown>>((log, item) => log.push(shortened(item, maxChars)), Log.empty())
}

/** An item that alone is beyond the bound, with the ends of its texts and lists alone. */
function shortened(item: unknown, maxChars: number): unknown {
  if (charsOf(item) <= maxChars || typeof item !== 'object' || item === null) return item
  const cut = (value: unknown) => {
    if (typeof value === 'string') return value.slice(-maxChars)
    return value instanceof Log ? withinChars(value, maxChars) : value
  }
  return Object.fromEntries(Object.entries(item).map(([key, value]) => [key, cut(value)]))
}
