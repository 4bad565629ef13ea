interface Entry {
  value: unknown
  chars: number
}

/**
 * What was fetched and unpacked last, by what it is (an object's key and the hash of the segment's bytes), so that an
 * archive that is written anew never brings back what another one held. Bounded by characters [I8].
 */
export class SegmentCache {
  readonly #entries = new Map<string, Entry>()
  #chars = 0

  constructor(private readonly maxChars: number) {}

  get<T>(key: string): T | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    return entry.value as T
  }

  /** What is larger than the whole bound is not kept. */
  put(key: string, value: unknown, chars: number): void {
    if (chars > this.maxChars || this.#entries.has(key)) return
    this.#entries.set(key, { value, chars })
    this.#chars += chars
    for (const [oldest, entry] of this.#entries) {
      if (this.#chars <= this.maxChars) return
      this.#entries.delete(oldest)
      this.#chars -= entry.chars
    }
  }

  forget(prefix: string): void {
    for (const [key, entry] of this.#entries) {
      if (!key.startsWith(prefix)) continue
      this.#entries.delete(key)
      this.#chars -= entry.chars
    }
  }
}
