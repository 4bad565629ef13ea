import { RECENT_STRETCH_MS, RECENT_STRETCHES } from '../../../../protocol/socket-events.js'

/** Ten minutes of events per ten seconds, as far as they are known; null is "was not looking". */
export const BIN_MS = RECENT_STRETCH_MS
export const BIN_COUNT = RECENT_STRETCHES

/**
 * How busy each session was while this page was open, told from its growing event counts, and before as the service
 * has counted it. What nobody has told is unknown, not zero.
 */
export class Activity {
  private readonly tracks = new Map<
    string,
    { eventCount: number; seenFromBin: number; sinceBin: number; bins: Map<number, number> }
  >()

  record(sessionId: string, eventCount: number, nowMs: number): void {
    const bin = Math.floor(nowMs / BIN_MS)
    const track = this.tracks.get(sessionId)
    if (track === undefined) {
      this.tracks.set(sessionId, { eventCount, seenFromBin: bin, sinceBin: bin, bins: new Map() })
      return
    }
    // A new epoch can take an unsaved tail back for a moment; that is no negative activity.
    const grown = Math.max(0, eventCount - track.eventCount)
    track.eventCount = eventCount
    if (grown > 0) track.bins.set(bin, (track.bins.get(bin) ?? 0) + grown)
    for (const old of track.bins.keys()) if (old <= bin - BIN_COUNT) track.bins.delete(old)
  }

  /** What the service counted of the time before the page was opened. */
  recall(sessionId: string, recent: readonly number[], nowMs: number): void {
    const track = this.tracks.get(sessionId)
    if (track === undefined) return
    const last = Math.floor(nowMs / BIN_MS)
    for (const [i, count] of recent.entries()) {
      const bin = last - recent.length + 1 + i
      // Of its own first bin the page has seen a part.
      if (bin <= track.seenFromBin) track.bins.set(bin, Math.max(count, track.bins.get(bin) ?? 0))
    }
    track.sinceBin = Math.min(track.sinceBin, last - recent.length + 1)
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
