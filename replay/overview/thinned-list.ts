/**
 * Keeps about every n-th of what is added, n as large as the bound makes it: however much comes, at least half as many
 * as the bound are kept, spread over all of it. The same list comes out wherever it is made.
 */
export class ThinnedList<T> {
  private kept: T[] = []
  private stride = 1
  private added = 0

  constructor(private readonly max: number) {}

  get items(): readonly T[] {
    return this.kept
  }

  get leftOut(): number {
    return this.added - this.kept.length
  }

  /** Whether it was kept, for now. */
  add(item: T): boolean {
    if (this.added++ % this.stride !== 0) return false
    this.kept.push(item)
    if (this.kept.length <= this.max) return true
    this.kept = this.kept.filter((_, i) => i % 2 === 0)
    this.stride *= 2
    return this.kept.at(-1) === item
  }
}
