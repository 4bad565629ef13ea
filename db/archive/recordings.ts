import { openRecording, type RecordingReader } from './read-recording.js'
import type { ArchiveStore } from './store.js'

/** An open recording holds its index and a few decoded segments. */
const MAX_OPEN = 50

/** The archived recordings that were read last, kept open: their index is then read once. */
export class Recordings {
  readonly #open = new Map<string, Promise<RecordingReader>>()

  constructor(readonly archive: ArchiveStore) {}

  /**
   * The recording at `prefix`, of this generation or a newer one. Throws ARCHIVE_NOT_FOUND, ARCHIVE_CORRUPT or
   * ARCHIVE_UNAVAILABLE.
   */
  async open(prefix: string, generation: number): Promise<RecordingReader> {
    const known = await this.#open.get(prefix)
    if (known !== undefined && known.metadata.generation >= generation) {
      this.#open.delete(prefix)
      this.#open.set(prefix, Promise.resolve(known))
      return known
    }
    const opening = openRecording(this.archive, prefix)
    this.#open.set(prefix, opening)
    // One that could not be opened is tried again by whoever asks next.
    opening.catch(() => this.#open.get(prefix) === opening && this.#open.delete(prefix))
    const [oldest] = this.#open.keys()
    if (this.#open.size > MAX_OPEN && oldest !== undefined) this.#open.delete(oldest)
    return opening
  }

  forget(prefix: string): void {
    this.#open.delete(prefix)
  }
}
