import type { EventContent } from './split-event.js'

/** Of so many keystrokes one is recorded, unless the session says otherwise. */
export const DEFAULT_KEYSTROKE_SAMPLING = 10

/**
 * Thins out `keystroke` events, which tell the cadence of typing; what was typed is in `code_edit`, and none of that
 * is ever left out. A kept one says in `data.every` how many keystrokes it stands for, itself and those left out
 * before it, so that the sum over a recording is how many there were, whatever rate was in force when. One that its
 * sender gave an `every` has been thinned out before, and passes.
 *
 * INVARIANT: it stands before the numbering, so that what is left out leaves no hole in the source's seqs [I3].
 */
export class KeystrokeSampler {
  /** Of so many keystrokes one is kept; 1 keeps all. */
  every: number
  #sinceKept = 0

  constructor(every = DEFAULT_KEYSTROKE_SAMPLING) {
    this.every = every
  }

  /** The event as it is to be recorded, or null where it is left out. Other types pass as they are. */
  take<E extends EventContent>(event: E): E | null {
    if (event.type !== 'keystroke' || isThinned(event.data)) return event
    this.#sinceKept++
    if (this.#sinceKept < this.every) return null
    const every = this.#sinceKept
    this.#sinceKept = 0
    const { data } = event
    if (typeof data !== 'object' || data === null || Array.isArray(data)) return event
    return { ...event, data: { ...data, every } }
  }
}

const isThinned = (data: unknown): boolean =>
  typeof (data as { every?: unknown } | null | undefined)?.every === 'number'
