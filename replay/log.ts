/**
 * An immutable list that grows at its end. Pushing costs the same however long the list is, and all lists that
 * grew from one another share their common beginning, so a keyframe that holds one costs nothing.
 *
 * A reader that keeps the list it has seen learns from `since` what is new, or that history changed.
 */
export class Log<T> implements Iterable<T> {
  private static readonly EMPTY = new Log<never>(null, undefined, 0)

  static empty<T>(): Log<T> {
    return Log.EMPTY
  }

  /** An empty list that none of the others grew from: what is behind it is told in another way. */
  static root<T>(): Log<T> {
    return new Log<T>(null, undefined, 0)
  }

  private constructor(
    private readonly before: Log<T> | null,
    readonly last: T | undefined,
    readonly length: number,
  ) {}

  push(item: T): Log<T> {
    return new Log<T>(this, item, this.length + 1)
  }

  /** What came after `earlier`, oldest first; null when this list did not grow from it. */
  since(earlier: Log<T>): T[] | null {
    const fresh: T[] = []
    let node: Log<T> = this
    for (let i = this.length - earlier.length - 1; i >= 0; i--) {
      fresh[i] = node.last as T
      node = node.before as Log<T>
    }
    return node === earlier ? fresh : null
  }

  toArray(): T[] {
    return this.from(0)
  }

  /** The items from place `start` on, oldest first. */
  from(start: number): T[] {
    const items: T[] = []
    let node: Log<T> = this
    for (let i = this.length - start - 1; i >= 0; i--) {
      items[i] = node.last as T
      node = node.before as Log<T>
    }
    return items
  }

  /** The list as it was when it had `length` items, at most as many as now. */
  first(length: number): Log<T> {
    let node: Log<T> = this
    while (node.length > length) node = node.before as Log<T>
    return node
  }

  /** How many items, from the first on, this list and another one have from the same list; -1 where they have none. */
  commonLength(other: Log<T>): number {
    const shorter = Math.min(this.length, other.length)
    let [a, b]: [Log<T> | null, Log<T> | null] = [this.first(shorter), other.first(shorter)]
    while (a !== b && a !== null && b !== null) {
      a = a.before
      b = b.before
    }
    return a === b && a !== null ? a.length : -1
  }

  /**
   * The list with its youngest item that matches replaced; itself when none of the last `within` items does.
   * What came after that item is shared no longer, hence the bound.
   */
  changeLast(matches: (item: T) => boolean, change: (item: T) => T, within = 64): Log<T> {
    const after: T[] = []
    let node: Log<T> = this
    while (node.before !== null && after.length < within) {
      const item = node.last as T
      if (matches(item)) {
        let changed = node.before.push(change(item))
        for (const later of after.reverse()) changed = changed.push(later)
        return changed
      }
      after.push(item)
      node = node.before
    }
    return this
  }

  *[Symbol.iterator](): Iterator<T> {
    yield* this.toArray()
  }

  toJSON(): T[] {
    return this.toArray()
  }
}
