import { openRecording, type RecordingReader } from './read-recording.js'
import { SegmentCache } from './segment-cache.js'
import type { ArchiveStore } from './store.js'

/** An open recording holds its index, some hundred bytes a segment and a checkpoint. */
const MAX_OPEN = 50
/** Of unpacked segments of all open recordings together. */
const MAX_CACHED_CHARS = 32 * 1024 * 1024

/** The archived recordings that were read last, kept open: their index is then read once. */
export class Recordings {
  readonly #open = new Map<string, Promise<RecordingReader>>()
  readonly #segments = new SegmentCache(MAX_CACHED_CHARS)

  constructor(readonly archive: ArchiveStore) {}

  /**
   * The recording at `prefix`, of this generation or a newer one where there is one. Throws ARCHIVE_NOT_FOUND,
   * ARCHIVE_CORRUPT, ARCHIVE_UNSUPPORTED or ARCHIVE_UNAVAILABLE.
   */
  async open(prefix: string, generation: number): Promise<RecordingReader> {
    const known = await this.#open.get(prefix)?.catch(() => undefined)
    if (known !== undefined && known.metadata.generation >= generation) {
      this.#open.delete(prefix)
      this.#open.set(prefix, Promise.resolve(known))
      return known
    }
    const opening = openRecording(this.archive, prefix, this.#segments)
    this.#open.set(prefix, opening)
    // One that could not be opened is tried again by whoever asks next.
    opening.catch(() => this.#open.get(prefix) === opening && this.#open.delete(prefix))
    const [oldest] = this.#open.keys()
    if (this.#open.size > MAX_OPEN && oldest !== undefined) this.#open.delete(oldest)
    return opening
  }

  /**
   * As open, past everything that is kept: what is read is what the store holds from now on. The reader keeps the few
   * segments that it read last, for itself: stretches of events that are read one after another share one of snapshots.
   */
  openAnew(prefix: string): Promise<RecordingReader> {
    return openRecording(this.archive, prefix)
  }

  forget(prefix: string): void {
    this.#open.delete(prefix)
    this.#segments.forget(`${prefix}/`)
  }
}
