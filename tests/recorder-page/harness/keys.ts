import type { Patch } from './excerpt.js'

/** One press of a key, or a text that comes at once. */
export interface Key {
  /** What has to be selected for it, from and to; equal where the cursor alone stands there. */
  at?: readonly [number, number]
  /** A name that the browser's keyboard knows. */
  press?: string
  /** What no key gives. */
  insert?: string
  /** What comes from the clipboard, by the keys for it. */
  paste?: string
  /** Where the cursor stands after it; null where only the editor knows. */
  cursor: number | null
}

/** A longer text was not typed. */
const MAX_TYPED_CHARS = 20
const ON_KEYS = /^[\x20-\x7e]$/

/** The keys that make the changes, as a person would press them who only types, deletes and replaces selections. */
export function* keysOf(patches: Iterable<Patch>, random: () => number): Generator<Key> {
  for (const patch of patches) {
    yield* keysOfPatch(patch, random)
    // Regretted and taken back again: the text is as before, by two more events.
    if (random() < UNDO_CHANCE) {
      const at = patch[0] + patch[2].length
      yield { at: [at, at], press: 'Control+z', cursor: null }
      yield { press: 'Control+y', cursor: null }
    }
  }
}

const UNDO_CHANCE = 0.01

function* keysOfPatch([offset, deleted, inserted]: Patch, random: () => number): Generator<Key> {
  if (deleted === 1 && inserted === '') {
    yield random() < 0.2
      ? { at: [offset, offset], press: 'Delete', cursor: offset }
      : { at: [offset + 1, offset + 1], press: 'Backspace', cursor: offset }
    return
  }
  if (inserted === '') {
    yield { at: [offset, offset + deleted], press: 'Backspace', cursor: offset }
    return
  }
  let from = offset
  const pieces = inserted.length > MAX_TYPED_CHARS ? [inserted] : inserted
  for (const piece of pieces) {
    const at = [from, from === offset ? offset + deleted : from] as const
    const cursor = from + piece.length
    if (piece.length > MAX_TYPED_CHARS) yield { at, paste: piece, cursor }
    else if (piece === '\n') yield { at, press: 'Enter', cursor }
    else if (ON_KEYS.test(piece)) yield { at, press: piece === ' ' ? 'Space' : piece, cursor }
    else yield { at, insert: piece, cursor }
    from = cursor
  }
}
