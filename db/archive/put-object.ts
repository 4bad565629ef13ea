import type { ArchiveObject } from '../../protocol/archive-format.js'
import type { RowCodec } from './row-codecs.js'
import { makeSegmentWriter, type SegmentLimits } from './segment-writer.js'
import type { ArchiveStore } from './store.js'

export interface WrittenObject {
  object: ArchiveObject
  /** SHA-256 of the rows that went in, to compare with those that come out. */
  rowsSha256: string
}

/** Puts the rows as one object, segment by segment. What the pages throw comes through as it is. */
export async function putObject<Row extends { seq: number; timestampMs: number }>(
  store: ArchiveStore,
  key: string,
  pages: AsyncIterable<Row[]>,
  codec: RowCodec<Row>,
  limits: SegmentLimits,
): Promise<WrittenObject> {
  const writer = makeSegmentWriter(codec, limits)
  await store.put(key, writer.segmentsOf(pages))
  return { object: writer.index(), rowsSha256: writer.rowsSha256() }
}
