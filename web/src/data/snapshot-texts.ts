/** In UTF-16 units. */
const MAX_KEPT_CHARS = 16 * 1024 * 1024

/** The texts of segments that follow each other, in their order, as one request. */
export type FetchSegments = (places: readonly number[], signal: AbortSignal) => AsyncIterable<string>

/** The segments of an archive's snapshots as texts, by their place in the index: each is fetched once, however many events refer to it. */
export class SnapshotTexts {
  private readonly kept = new Map<number, string>()
  private keptChars = 0
  /** On their way. Segments of events beside each other mostly want the same one. */
  private readonly coming = new Map<number, Promise<string>>()

  constructor(private readonly fetchSegments: FetchSegments) {}

  /** The texts at some places, which ascend; neighbours are fetched as one. Rejects where one of them can't be fetched. */
  async load(places: readonly number[], signal: AbortSignal): Promise<ReadonlyMap<number, string>> {
    const found = new Map<number, string>()
    const loads: Promise<unknown>[] = []
    const runs: number[][] = []
    for (const place of places) {
      const known = this.kept.get(place)
      const coming = this.coming.get(place)
      if (known !== undefined) found.set(place, known)
      else if (coming !== undefined) loads.push(this.join(place, coming, signal, found))
      else if (runs.at(-1)?.at(-1) === place - 1) runs.at(-1)?.push(place)
      else runs.push([place])
    }
    for (const run of runs) {
      const fetched = this.fetchRun(run, signal)
      for (const [i, place] of run.entries())
        loads.push((fetched[i] as Promise<string>).then((text) => found.set(place, text)))
    }
    await Promise.all(loads)
    return found
  }

  /** Whoever fetches it may give up, or fail where it would not fail now. */
  private async join(
    place: number,
    coming: Promise<string>,
    signal: AbortSignal,
    found: Map<number, string>,
  ) {
    const text = await coming.catch(async () => (await this.load([place], signal)).get(place) as string)
    found.set(place, text)
  }

  private fetchRun(run: readonly number[], signal: AbortSignal): Promise<string>[] {
    const members = this.fetchSegments(run, signal)[Symbol.asyncIterator]()
    return run.map((place, i) => {
      const text = members.next().then(({ value, done }) => {
        if (done === true) throw new Error(`The archive lacks the segment ${place} of its snapshots.`)
        this.keep(place, value)
        return value
      })
      const ended = () => {
        this.coming.delete(place)
        // What a host without byte ranges still sends is not wanted.
        if (i === run.length - 1) members.return?.()?.catch(() => {})
      }
      this.coming.set(place, text)
      text.then(ended, ended)
      return text
    })
  }

  /** Whatever was fetched first goes first: events refer to what was stored soon before them. */
  private keep(place: number, text: string): void {
    this.kept.set(place, text)
    this.keptChars += text.length
    for (const [oldest, found] of this.kept) {
      if (this.keptChars <= MAX_KEPT_CHARS) return
      this.kept.delete(oldest)
      this.keptChars -= found.length
    }
  }
}
