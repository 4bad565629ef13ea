import {
  type ArchiveMetadata,
  type ArchiveObject,
  KEYFRAMES_OBJECT,
  OVERVIEW_OBJECT,
} from '../../protocol/archive-format.js'
import { StoreError } from '../errors.js'
import { ArchiveError } from './errors.js'
import type { EventSegments } from './events-read-back.js'
import { putObject, type WrittenObject } from './put-object.js'
import { type DerivedRow, derivedCodec } from './row-codecs.js'
import type { SegmentLimits } from './segment-writer.js'
import type { ArchiveStore } from './store.js'
import { verifyObject } from './verify-object.js'

/** What is made of the events of an archive, to stand beside them. */
export interface DerivedObjects {
  /** Reads the events, once, and gives the rows of keyframes.json.gz. */
  keyframes(events: EventSegments): AsyncIterable<DerivedRow[]>
  /** The row of overview.json.gz, when all keyframes were given. `objects` are those that it stands beside. */
  overview(generation: number, objects: Record<string, ArchiveObject>): DerivedRow
  /** They could not be made: the archive is written with both empty, and players do without. */
  onFailed(error: unknown): void
}

/**
 * Writes both objects beside those of `metadata`, reads them back and returns them with the others. Throws ArchiveError;
 * whatever else is wrong must not stand in the way of the recording [I7].
 *
 * INVARIANT: both are put anew with every generation, and be it empty: what a redaction took out of the events must not
 * survive in older ones.
 */
export async function withDerivedObjects(
  store: ArchiveStore,
  prefix: string,
  { generation, objects: others }: Pick<ArchiveMetadata, 'generation' | 'objects'>,
  events: EventSegments,
  derived: DerivedObjects,
  limits: SegmentLimits,
): Promise<ArchiveMetadata['objects']> {
  const put = (name: string, pages: AsyncIterable<DerivedRow[]>) =>
    putAndVerify(store, `${prefix}/${name}`, pages, limits)
  try {
    const keyframes = await put(KEYFRAMES_OBJECT, derived.keyframes(events))
    const objects = { ...others, [KEYFRAMES_OBJECT]: keyframes }
    const row = derived.overview(generation, objects)
    return { ...objects, [OVERVIEW_OBJECT]: await put(OVERVIEW_OBJECT, pageOf(row)) }
  } catch (error) {
    if (error instanceof ArchiveError || error instanceof StoreError) throw error
    derived.onFailed(error)
    const keyframes = await put(KEYFRAMES_OBJECT, pageOf())
    const overview = await put(OVERVIEW_OBJECT, pageOf())
    return { ...others, [KEYFRAMES_OBJECT]: keyframes, [OVERVIEW_OBJECT]: overview }
  }
}

async function putAndVerify(
  store: ArchiveStore,
  key: string,
  pages: AsyncIterable<DerivedRow[]>,
  limits: SegmentLimits,
): Promise<ArchiveObject> {
  const written: WrittenObject = await putObject(store, key, pages, derivedCodec, limits)
  await verifyObject(store, key, written, derivedCodec)
  return written.object
}

async function* pageOf(...rows: DerivedRow[]): AsyncGenerator<DerivedRow[]> {
  if (rows.length > 0) yield rows
}
