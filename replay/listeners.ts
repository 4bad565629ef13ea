/** Who wants to hear of a change. */
export class Listeners {
  private readonly all = new Set<() => void>()

  /** Returns what removes it. */
  add(listener: () => void): () => void {
    this.all.add(listener)
    return () => {
      this.all.delete(listener)
    }
  }

  call(): void {
    for (const listener of [...this.all]) listener()
  }

  clear(): void {
    this.all.clear()
  }
}
