import type { EventRecorder } from '../recorder-types.js'

/** Where a text on the clipboard was taken: the candidate's own editor, an answer of the AI, another part of the page. */
export type CopiedFrom = 'own' | 'ai' | 'page'
/** `outside`: not copied in this tab, so from another window or program. */
export type ClipboardSource = CopiedFrom | 'outside'

/**
 * What was copied or cut in this tab, so that a paste of it is told apart from a foreign one. White space does not
 * count: editors break lines in their own way (CRLF and LF) and indent what is pasted anew.
 */
export interface ClipboardMemory {
  /**
   * To be told of each copy and cut, also by a button that writes to the clipboard. A text known to be of the AI
   * stays that when it is copied again from the editor it was put into; likewise `own` is not lost to `page`.
   */
  copied(text: string, from: CopiedFrom): void
  sourceOf(text: string): ClipboardSource
}

/** One memory for all adapters of a recorder, which need not know each other. */
export function clipboardOf(recorder: EventRecorder): ClipboardMemory {
  let memory = memories.get(recorder)
  if (memory === undefined) {
    memory = new RememberedTexts()
    memories.set(recorder, memory)
  }
  return memory
}

const memories = new WeakMap<EventRecorder, ClipboardMemory>()

const STORAGE_KEY = 'interviewlm.clipboard'
const MAX_TEXTS = 200
/** Of a longer text only so much of each end is looked at: this runs in the handler of a paste. */
const END_UNITS = 32 * 1024
const RANK: Record<CopiedFrom, number> = { page: 0, own: 1, ai: 2 }

class RememberedTexts implements ClipboardMemory {
  /** By fingerprint, the one copied last at the end. Texts themselves are not kept. */
  readonly #texts = new Map<string, CopiedFrom>(restored())

  copied(text: string, from: CopiedFrom): void {
    const key = fingerprintOf(text)
    const known = this.#texts.get(key)
    this.#texts.delete(key)
    this.#texts.set(key, known !== undefined && RANK[known] > RANK[from] ? known : from)
    for (const oldest of this.#texts.keys()) {
      if (this.#texts.size <= MAX_TEXTS) break
      this.#texts.delete(oldest)
    }
    try {
      sessionStorage.setItem(STORAGE_KEY, JSON.stringify([...this.#texts]))
    } catch {
      // No storage, or a full one: what is remembered ends with this load of the page.
    }
  }

  sourceOf(text: string): ClipboardSource {
    return this.#texts.get(fingerprintOf(text)) ?? 'outside'
  }
}

/** What earlier loads of this tab's page remembered; whatever else lies there is left alone. */
function restored(): [string, CopiedFrom][] {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(STORAGE_KEY) ?? '[]')
    return Array.isArray(kept) ? kept.filter(isRemembered) : []
  } catch {
    return []
  }
}

const isRemembered = (item: unknown): item is [string, CopiedFrom] =>
  Array.isArray(item) && typeof item[0] === 'string' && Object.hasOwn(RANK, item[1])

/** Two hashes over the units that are no white space, of the first and of the last so many of them. */
function fingerprintOf(text: string): string {
  return `${hashed(text, 0, 1)}.${hashed(text, text.length - 1, -1)}`
}

function hashed(text: string, start: number, step: 1 | -1): string {
  let [a, b, count] = [0xdeadbeef, 0x41c6ce57, 0]
  for (let i = start; i >= 0 && i < text.length && count < END_UNITS; i += step) {
    const unit = text.charCodeAt(i)
    if (unit <= SPACE || unit === NO_BREAK_SPACE) continue
    count++
    a = Math.imul(a ^ unit, 2654435761)
    b = Math.imul(b ^ (unit + count), 1597334677)
  }
  return [count, a >>> 0, b >>> 0].map((n) => n.toString(36)).join('.')
}

const SPACE = 32
const NO_BREAK_SPACE = 160
