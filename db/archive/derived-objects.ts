import {
  type ArchiveMetadata,
  type ArchiveObject,
  KEYFRAMES_OBJECT,
  OVERVIEW_OBJECT,
} from '../../protocol/archive-format.js'
import { StoreError } from '../errors.js'
import { ArchiveError } from './errors.js'
import { putObject, type WrittenObject } from './put-object.js'
import { RecordingReader } from './read-recording.js'
import { type DerivedRow, derivedCodec } from './row-codecs.js'
import { SegmentCache } from './segment-cache.js'
import type { SegmentLimits } from './segment-writer.js'
import type { ArchiveStore } from './store.js'
import { verifyObject } from './verify-object.js'

/** What is made of the events of an archive, to stand beside them. */
export interface DerivedObjects {
  /** Reads the events, once, and gives the rows of keyframes.json.gz. */
  keyframes(events: RecordingReader): AsyncIterable<DerivedRow[]>
  /** The row of overview.json.gz, when all keyframes were given. `objects` are those that it stands beside. */
  overview(generation: number, objects: Record<string, ArchiveObject>): DerivedRow
  /** They could not be made: the archive is written with both empty, and players do without. */
  onFailed(error: unknown): void
}

/** Of snapshots, which events refer to soon after they were taken. */
const CACHE_CHARS = 16 * 1024 * 1024

/**
 * Writes both objects beside those of `metadata`, reads them back and returns the metadata with them. Throws ArchiveError;
 * whatever else is wrong must not stand in the way of the recording [I7].
 *
 * INVARIANT: both are put anew with every generation, and be it empty: what a redaction took out of the events must not
 * survive in older ones.
 */
export async function withDerivedObjects(
  store: ArchiveStore,
  prefix: string,
  metadata: ArchiveMetadata,
  derived: DerivedObjects,
  limits: SegmentLimits,
): Promise<ArchiveMetadata> {
  const reader = new RecordingReader(store, prefix, metadata, new SegmentCache(CACHE_CHARS))
  const put = (name: string, pages: AsyncIterable<DerivedRow[]>) =>
    putAndVerify(store, `${prefix}/${name}`, pages, limits)
  try {
    const keyframes = await put(KEYFRAMES_OBJECT, derived.keyframes(reader))
    if (reader.metadata !== metadata) {
      throw new ArchiveError('ARCHIVE_CORRUPT', `${prefix} was written anew while it was read.`)
    }
    const objects = { ...metadata.objects, [KEYFRAMES_OBJECT]: keyframes }
    const row = derived.overview(metadata.generation, objects)
    const overview = await put(OVERVIEW_OBJECT, pageOf(row))
    return { ...metadata, objects: { ...objects, [OVERVIEW_OBJECT]: overview } }
  } catch (error) {
    if (error instanceof ArchiveError || error instanceof StoreError) throw error
    derived.onFailed(error)
    const keyframes = await put(KEYFRAMES_OBJECT, pageOf())
    const overview = await put(OVERVIEW_OBJECT, pageOf())
    return {
      ...metadata,
      objects: { ...metadata.objects, [KEYFRAMES_OBJECT]: keyframes, [OVERVIEW_OBJECT]: overview },
    }
  }
}

async function putAndVerify(
  store: ArchiveStore,
  key: string,
  pages: AsyncIterable<DerivedRow[]>,
  limits: SegmentLimits,
): Promise<ArchiveObject> {
  const written: WrittenObject = await putObject(store, key, pages, derivedCodec, limits)
  await verifyObject(store, key, written, derivedCodec, () => {})
  return written.object
}

async function* pageOf(...rows: DerivedRow[]): AsyncGenerator<DerivedRow[]> {
  if (rows.length > 0) yield rows
}
