import type { ArchiveObject } from '../../protocol/archive-format.js'
import { EVENTS_OBJECT, KEYFRAMES_OBJECT } from '../../protocol/archive-names.js'
import type { Overview } from '../overview.js'
import type { ReplayPlace } from '../replayer.js'
import type { RecordingIndex } from './recording-source.js'

/** The one line of overview.json.gz: all that a player needs to begin. docs/archive.md describes it. */
export interface ArchivedOverview {
  n: 1
  /** The first event's time, epoch ms. */
  atMs: number
  generation: number
  overview: Overview
  /** Of all keyframes, in their order: the time and the seq of the last event in each. */
  keyframes: [atMs: number, seq: number][]
  /** The numbers of those that tell all anew; each begins a segment. Absent where none does. */
  anew?: number[]
  /** By name, the indexes of the objects beside it, as in metadata.json. */
  objects: Record<string, Pick<ArchiveObject, 'count' | 'bytes' | 'sha256' | 'segments'>>
}

/** Of an archive, what it consists of. */
export function indexOfArchive({
  overview,
  keyframes,
  anew = [],
  objects,
}: ArchivedOverview): RecordingIndex {
  const places = keyframes.map(([atMs, seq]): ReplayPlace => ({ atMs, seq }))
  const isAnew = new Set(anew)
  return {
    overview,
    segments: objects[EVENTS_OBJECT]?.segments ?? [],
    keyframes: (objects[KEYFRAMES_OBJECT]?.segments ?? []).map(({ firstSeq, lastSeq, length }) => ({
      places: places.slice(firstSeq - 1, lastSeq),
      bytes: length,
      isAnew: isAnew.has(firstSeq),
    })),
  }
}
