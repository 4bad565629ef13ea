import { RECENT_STRETCH_MS, RECENT_STRETCHES } from '../../../../protocol/socket-events.js'

/** Ten minutes of events per ten seconds, as far as they are known; null is "was not looking". */
export const BIN_MS = RECENT_STRETCH_MS
export const BIN_COUNT = RECENT_STRETCHES

interface Track {
  eventCount: number
  /** Of this bin and those before, the page has seen a part at most: what the service counted of them is better. */
  seenFromBin: number
  sinceBin: number
  bins: Map<number, number>
  /** Bins after `sinceBin` of which nobody has told. */
  unknown: Set<number>
  /** The first bin that nobody looked at to its end; null while somebody looks. */
  gapFromBin: number | null
}

/**
 * How busy each session was while this page was open, told from its growing event counts, and before as the service
 * has counted it. What nobody has told is unknown, not zero.
 */
export class Activity {
  private readonly tracks = new Map<string, Track>()

  record(sessionId: string, eventCount: number, nowMs: number): void {
    const bin = Math.floor(nowMs / BIN_MS)
    const track = this.tracks.get(sessionId)
    if (track === undefined) {
      const none = { bins: new Map(), unknown: new Set<number>(), gapFromBin: null }
      this.tracks.set(sessionId, { eventCount, seenFromBin: bin, sinceBin: bin, ...none })
      return
    }
    // A new epoch can take an unsaved tail back for a moment; that is no negative activity.
    const grown = Math.max(0, eventCount - track.eventCount)
    track.eventCount = eventCount
    const { gapFromBin } = track
    track.gapFromBin = null
    if (gapFromBin !== null && gapFromBin < bin) {
      // When in the gap its events came, nobody knows.
      track.seenFromBin = bin
      for (let i = Math.max(gapFromBin, bin - BIN_COUNT); i < bin; i++) track.unknown.add(i)
    } else if (grown > 0) track.bins.set(bin, (track.bins.get(bin) ?? 0) + grown)
    for (const kept of [track.bins, track.unknown])
      for (const old of kept.keys()) if (old <= bin - BIN_COUNT) kept.delete(old)
  }

  /** Nothing is told from `fromMs` on, until the next `record`. */
  lose(fromMs: number): void {
    for (const track of this.tracks.values()) track.gapFromBin ??= Math.floor(fromMs / BIN_MS)
  }

  /** What the service counted of the time that the page has not seen. */
  recall(sessionId: string, recent: readonly number[], nowMs: number): void {
    const track = this.tracks.get(sessionId)
    if (track === undefined) return
    const last = Math.floor(nowMs / BIN_MS)
    for (const [i, count] of recent.entries()) {
      const bin = last - recent.length + 1 + i
      // Of its own first bin the page has seen a part.
      if (bin <= track.seenFromBin) track.bins.set(bin, Math.max(count, track.bins.get(bin) ?? 0))
      track.unknown.delete(bin)
    }
    track.sinceBin = Math.min(track.sinceBin, last - recent.length + 1)
  }

  /** BIN_COUNT numbers, the current bin last. */
  of(sessionId: string, nowMs: number): (number | null)[] {
    const track = this.tracks.get(sessionId)
    const last = Math.floor(nowMs / BIN_MS)
    return Array.from({ length: BIN_COUNT }, (_, i) => {
      const bin = last - BIN_COUNT + 1 + i
      if (track === undefined || bin < track.sinceBin || track.unknown.has(bin)) return null
      return track.bins.get(bin) ?? 0
    })
  }

  keepOnly(sessionIds: ReadonlySet<string>): void {
    for (const id of this.tracks.keys()) if (!sessionIds.has(id)) this.tracks.delete(id)
  }
}
