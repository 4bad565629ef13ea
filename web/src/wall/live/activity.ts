/** Ten minutes of events per ten seconds, as far as this page has seen them; null is "was not looking". */
export const BIN_MS = 10_000
export const BIN_COUNT = 60

/**
 * How busy each session was while this page was open, told from its growing event counts. What happened
 * before the page was opened is unknown, not zero.
 */
export class Activity {
  private readonly tracks = new Map<
    string,
    { eventCount: number; sinceBin: number; bins: Map<number, number> }
  >()

  record(sessionId: string, eventCount: number, nowMs: number): void {
    const bin = Math.floor(nowMs / BIN_MS)
    const track = this.tracks.get(sessionId)
    if (track === undefined) {
      this.tracks.set(sessionId, { eventCount, sinceBin: bin, bins: new Map() })
      return
    }
    // A new epoch can take an unsaved tail back for a moment; that is no negative activity.
    const grown = Math.max(0, eventCount - track.eventCount)
    track.eventCount = eventCount
    if (grown > 0) track.bins.set(bin, (track.bins.get(bin) ?? 0) + grown)
    for (const old of track.bins.keys()) if (old <= bin - BIN_COUNT) track.bins.delete(old)
  }

  /** BIN_COUNT numbers, the current bin last. */
  of(sessionId: string, nowMs: number): (number | null)[] {
    const track = this.tracks.get(sessionId)
    const last = Math.floor(nowMs / BIN_MS)
    return Array.from({ length: BIN_COUNT }, (_, i) => {
      const bin = last - BIN_COUNT + 1 + i
      if (track === undefined || bin < track.sinceBin) return null
      return track.bins.get(bin) ?? 0
    })
  }

  keepOnly(sessionIds: ReadonlySet<string>): void {
    for (const id of this.tracks.keys()) if (!sessionIds.has(id)) this.tracks.delete(id)
  }
}
