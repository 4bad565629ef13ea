import { addRange, NO_RANGES, type Ranges } from './ranges.js'

/** The texts of events by seq and field, a JSON pointer into the event: `/data/changes/0/2`, `/fileId`. */
export class Places {
  readonly #bySeq = new Map<number, Map<string, number[]>>()

  add(seq: number, field: string, from: number, to: number): void {
    if (from >= to) return
    let fields = this.#bySeq.get(seq)
    if (fields === undefined) {
      fields = new Map()
      this.#bySeq.set(seq, fields)
    }
    const ranges = fields.get(field)
    if (ranges === undefined) fields.set(field, [from, to])
    else addRange(ranges, from, to)
  }

  of(seq: number, field: string): Ranges {
    return this.#bySeq.get(seq)?.get(field) ?? NO_RANGES
  }

  has(seq: number): boolean {
    return this.#bySeq.has(seq)
  }

  get size(): number {
    return this.#bySeq.size
  }

  seqs(): number[] {
    return [...this.#bySeq.keys()]
  }
}
