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
    memory = remembering()
    memories.set(recorder, memory)
  }
  return memory
}

const memories = new WeakMap<EventRecorder, ClipboardMemory>()

const STORAGE_KEY = 'interviewlm.clipboard'
const MAX_TEXTS = 200
/** Of a longer text only the beginning is looked at: this runs in the handler of a paste. */
const MAX_UNITS = 16 * 1024
const SPACE = 32

function remembering(): ClipboardMemory {
  /** By fingerprint, the one copied last at the end. Texts themselves are not kept. */
  let texts = new Map<string, CopiedFrom>()
  try {
    // What earlier loads of this tab's page remembered. Nothing is "null", of which JSON and Map make nothing, too.
    texts = new Map(JSON.parse(`${sessionStorage.getItem(STORAGE_KEY)}`))
  } catch {
    // No storage, or something else in it.
  }
  return {
    copied(text, from) {
      const key = fingerprintOf(text)
      const known = texts.get(key)
      texts.delete(key)
      // In the order of the alphabet: ai, own, page.
      texts.set(key, known && known < from ? known : from)
      for (const oldest of texts.keys()) if (texts.size > MAX_TEXTS) texts.delete(oldest)
      try {
        sessionStorage.setItem(STORAGE_KEY, JSON.stringify([...texts]))
      } catch {
        // No storage, or a full one: what is remembered ends with this load of the page.
      }
    },
    sourceOf: (text) => texts.get(fingerprintOf(text)) ?? 'outside',
  }
}

/** How many units are no white space, and a hash over them. */
function fingerprintOf(text: string): string {
  let hash = 0xdeadbeef
  let count = 0
  for (let i = 0; i < text.length && count < MAX_UNITS; i++) {
    const unit = text.charCodeAt(i)
    if (unit > SPACE) hash = Math.imul(hash ^ (unit + ++count), 2654435761)
  }
  return `${count}.${hash}`
}
