import type { LoadedSegment, RecordingSource } from './recording-source.js'

/** Of segments that nobody looks at now; what is looked at is held by its window. */
const MAX_KEPT_CHARS = 8 * 1024 * 1024

interface Loading {
  readonly loaded: Promise<LoadedSegment>
  readonly controller: AbortController
  waiting: number
}

/** Loads segments, each once however many ask for it, and keeps those that were used last. */
export class SegmentLoader {
  private readonly kept = new Map<number, LoadedSegment>()
  private readonly loading = new Map<number, Loading>()
  private keptChars = 0

  constructor(private readonly source: RecordingSource) {}

  /** Rejects with an Aborted where the signal is aborted first. The load itself ends when nobody waits for it any more. */
  async load(n: number, signal: AbortSignal): Promise<LoadedSegment> {
    const known = this.kept.get(n)
    if (known !== undefined) {
      this.kept.delete(n)
      this.kept.set(n, known)
      return known
    }
    const loading = this.loading.get(n) ?? this.begin(n)
    loading.waiting++
    try {
      return await unlessAborted(loading.loaded, signal)
    } finally {
      // To abort what has come takes half a millisecond of who waits for it.
      if (--loading.waiting === 0 && this.loading.get(n) === loading) loading.controller.abort()
    }
  }

  private begin(n: number): Loading {
    const controller = new AbortController()
    const loaded = this.source.loadSegment(n, controller.signal)
    const loading = { loaded, controller, waiting: 0 }
    this.loading.set(n, loading)
    loaded.then(
      (segment) => {
        if (this.loading.get(n) === loading) this.loading.delete(n)
        // What was given up may have come all the same.
        if (!controller.signal.aborted || loading.waiting > 0) this.keep(n, segment)
      },
      () => this.loading.get(n) === loading && this.loading.delete(n),
    )
    controller.signal.addEventListener('abort', () => {
      if (this.loading.get(n) === loading) this.loading.delete(n)
    })
    return loading
  }

  private keep(n: number, segment: LoadedSegment): void {
    if (this.kept.has(n)) return
    this.kept.set(n, segment)
    this.keptChars += segment.chars
    for (const [oldest, { chars }] of this.kept) {
      if (this.keptChars <= MAX_KEPT_CHARS) return
      this.kept.delete(oldest)
      this.keptChars -= chars
    }
  }
}

/** What was asked for is not wanted any more. */
export class Aborted extends Error {
  override readonly name = 'Aborted'
}

/** As `promised`, unless the signal is aborted before: then an Aborted at once. */
export function unlessAborted<T>(promised: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(new Aborted())
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    promised.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}
