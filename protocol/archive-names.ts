// The objects of an archived recording by name, without the schema library: pages play from archives too.

export const EVENTS_OBJECT = 'events.json.gz'
export const SNAPSHOTS_OBJECT = 'snapshots.json.gz'
/** States to begin a replay from, and what a player must know of the whole: made from the events, and made anew from them. */
export const KEYFRAMES_OBJECT = 'keyframes.json.gz'
export const OVERVIEW_OBJECT = 'overview.json.gz'
/** The links of the integrity chain, and the signed records of redactions. */
export const CHAIN_OBJECT = 'chain.json.gz'
export const METADATA_OBJECT = 'metadata.json'
export const ANNOTATIONS_OBJECT = 'annotations.json'

/** All that an archive may hold; those for players, the chain and the annotations may be missing. */
export const ARCHIVE_OBJECTS = [
  EVENTS_OBJECT,
  SNAPSHOTS_OBJECT,
  KEYFRAMES_OBJECT,
  OVERVIEW_OBJECT,
  CHAIN_OBJECT,
  METADATA_OBJECT,
  ANNOTATIONS_OBJECT,
] as const

/**
 * The index of the first segment that ends at `seq` or after it, or -1 when all end before. For events, which
 * have no holes, that is the segment holding `seq`, or the first one for a seq below 1.
 */
export function segmentReaching(segments: readonly { lastSeq: number }[], seq: number): number {
  let low = 0
  let high = segments.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((segments[middle]?.lastSeq ?? 0) < seq) low = middle + 1
    else high = middle
  }
  return low < segments.length ? low : -1
}
