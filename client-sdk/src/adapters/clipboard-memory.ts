import type { EventRecorder } from '../recorder-types.js'
import { onePer } from './edit-shared.js'

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

const STORAGE_KEY = 'interviewlm.clipboard'
const MAX_TEXTS = 200
/** Of a longer text only the beginning is looked at: this runs in the handler of a paste. */
const MAX_UNITS = 8 * 1024

/** One memory for all adapters of a recorder. */
export const clipboardOf = /* @__PURE__ */ onePer((_: EventRecorder): ClipboardMemory => {
  /** By fingerprint, the one copied last at the end. Texts themselves are not kept. */
  let texts = new Map<number, CopiedFrom>()
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
      texts = new Map([...texts, [key, known && known < from ? known : from] as const].slice(-MAX_TEXTS))
      try {
        sessionStorage.setItem(STORAGE_KEY, JSON.stringify([...texts]))
      } catch {
        // No storage, or a full one: what is remembered ends with this load of the page.
      }
    },
    sourceOf: (text) => texts.get(fingerprintOf(text)) ?? 'outside',
  }
})

/** A hash of the beginning, without white space; unit by unit, since an expression over 64 Ki units would take milliseconds. */
function fingerprintOf(text: string): number {
  let hash = 0
  let left = MAX_UNITS
  // Eight times as much is looked at as is hashed: white space may differ in long texts that are mostly of it, too.
  for (let i = 0; left > 0 && i < text.length && i < 8 * MAX_UNITS; i++) {
    const unit = text.charCodeAt(i)
    // Spaces, tabs, the ends of lines; the last is the space that does not break.
    if (unit > 0x20 && unit !== 0xa0) {
      hash = Math.imul(hash ^ unit, 2654435761)
      left--
    }
  }
  return hash
}
