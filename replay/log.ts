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
    return this.since(Log.empty<T>()) as T[]
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
