/**
 * A list that keeps at most `max` of what is added, in its order and evenly over all of it: once there is no room, each
 * second one goes, and of what comes from then on only each second (fourth, eighth…) is kept. The first one always stays.
 */
export class EvenList<T> {
  private readonly kept: T[] = []
  private addedCount = 0
  private stride = 1

  /** @param max even */
  constructor(private readonly max: number) {}

  get items(): readonly T[] {
    return this.kept
  }

  /** How many were added and are not kept. */
  get leftOutCount(): number {
    return this.addedCount - this.kept.length
  }

  add(item: T): void {
    const place = this.addedCount++
    if (place % this.stride !== 0) return
    if (this.kept.length === this.max) this.thin()
    // Place max * stride is one that the doubled stride keeps, as max is even.
    this.kept.push(item)
  }

  private thin(): void {
    this.stride *= 2
    for (let i = 0; i < this.max / 2; i++) this.kept[i] = this.kept[2 * i] as T
    this.kept.length = this.max / 2
  }
}
