/** Which ratings an answer of the service may not know of. */
export class RatingOrder {
  private clock = 0
  /** By the seq of the turn: its last rating, and when the service had answered that. */
  private readonly last = new Map<number, { id: number; answeredAt: number }>()

  /** A turn is rated. Answers what ends it. */
  begin(seq: number): () => void {
    const id = ++this.clock
    this.last.set(seq, { id, answeredAt: Number.POSITIVE_INFINITY })
    return () => {
      if (this.last.get(seq)?.id === id) this.last.set(seq, { id, answeredAt: ++this.clock })
    }
  }

  /** All ratings are asked for. Answers, when they have come, of which turns they may tell what was before. */
  read(): () => ReadonlySet<number> {
    const askedAt = ++this.clock
    return () => new Set([...this.last].flatMap(([seq, { answeredAt }]) => (answeredAt > askedAt ? seq : [])))
  }
}
