/** What is to happen, earliest first; at the same moment in the order in which it was put in. */
export class TimeHeap<T> {
  readonly #items: { atMs: number; order: number; what: T }[] = []
  #order = 0

  get nextMs(): number {
    return this.#items[0]?.atMs ?? Number.POSITIVE_INFINITY
  }

  push(atMs: number, what: T): void {
    const items = this.#items
    const item = { atMs, order: this.#order++, what }
    let at = items.length
    items.push(item)
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isBefore(item, items[parent]!)) break
      items[at] = items[parent]!
      at = parent
    }
    items[at] = item
  }

  /** @returns the earliest, or undefined where there is none */
  pop(): T | undefined {
    const items = this.#items
    const first = items[0]
    const last = items.pop()
    if (first === undefined || last === undefined) return undefined
    if (items.length > 0) this.#sink(last)
    return first.what
  }

  #sink(item: { atMs: number; order: number; what: T }): void {
    const items = this.#items
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= items.length) break
      if (child + 1 < items.length && isBefore(items[child + 1]!, items[child]!)) child++
      if (!isBefore(items[child]!, item)) break
      items[at] = items[child]!
      at = child
    }
    items[at] = item
  }
}

const isBefore = (a: { atMs: number; order: number }, b: { atMs: number; order: number }): boolean =>
  a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
