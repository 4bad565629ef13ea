import type { SignalWatch } from './page-signals-watch.js'

/** So much text may wait to be hashed; what is beyond has a length and no hash [I8]. */
const MAX_UNITS_WAITING = 16 * 1024 * 1024
const LOAD_AGAIN_MS = 3_000

/** The hashes of what is copied and pasted. */
export interface ClipboardHashes {
  /** The hash, in no more time than a handler has; undefined where it has to follow. */
  atOnce(text: string): string | undefined
  /** Has the hash follow as `custom:clipboard_hash`, made in a task of its own. */
  later(text: string, sourceSeq: number): Promise<void>
}

/**
 * What hashes is loaded beside the page; where it can't be, it is tried again as long as the watch goes on. Until it is
 * there, the hash of a short text follows as that of a long one does.
 *
 * @param handle what a handler will do with a text: it is warmed up
 */
export function clipboardHashes(watch: SignalWatch, handle: (text: string) => void): ClipboardHashes {
  let hashing: typeof import('./clipboard-hashing.js') | undefined
  let unitsWaiting = 0

  const load = async (): Promise<void> => {
    try {
      hashing = await import('./clipboard-hashing.js')
      void hashing.warmUp(handle, () => isOnAfter(watch))
    } catch {
      if (await isOnAfter(watch, LOAD_AGAIN_MS)) await load()
    }
  }
  const loading = load()

  return {
    atOnce: (text) => hashing?.hashAtOnce(text),
    async later(text, sourceSeq) {
      if (unitsWaiting + text.length > MAX_UNITS_WAITING) return
      unitsWaiting += text.length
      await loading
      const sha256 = (await isOnAfter(watch)) && (await hashing?.hashOf(text))
      unitsWaiting -= text.length
      if (sha256) watch.record('custom:clipboard_hash', { sourceSeq, lengthChars: text.length, sha256 })
    },
  }
}

/** In a task of its own: whether the watch still goes on. */
const isOnAfter = ({ stopped }: SignalWatch, delayMs = 0): Promise<boolean> =>
  new Promise((resolve) => setTimeout(() => resolve(!stopped.aborted), delayMs))
