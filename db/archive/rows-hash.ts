import { createHash } from 'node:crypto'

/** Lines are hashed in pieces of some size: a call for each would cost as much as the hashing. */
const CHUNK_CHARS = 64 * 1024

/** SHA-256 over the canonical lines of rows, which hold no lone surrogate: pieces hash to the same as the whole. */
export class RowsHash {
  readonly #hash = createHash('sha256')
  #lines = ''

  add(line: string): void {
    this.#lines += line
    if (this.#lines.length < CHUNK_CHARS) return
    this.#hash.update(this.#lines)
    this.#lines = ''
  }

  /** Of all lines so far, hex. */
  hex(): string {
    this.#hash.update(this.#lines)
    this.#lines = ''
    return this.#hash.copy().digest('hex')
  }
}
