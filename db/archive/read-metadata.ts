import {
  ARCHIVE_FORMAT_VERSION,
  type ArchiveMetadata,
  archiveMetadataSchema,
  METADATA_OBJECT,
} from '../../protocol/archive-format.js'
import { parseQuietly } from '../../protocol/archive-lines.js'
import { ArchiveError } from './errors.js'
import { decoded } from './members.js'
import type { ArchiveStore } from './store.js'

/**
 * The metadata.json of the recording at `prefix`. Throws ARCHIVE_NOT_FOUND where there is none,
 * ARCHIVE_UNSUPPORTED where its format is a later one, ARCHIVE_CORRUPT where it is not as docs/archive.md says.
 */
export async function readMetadata(store: ArchiveStore, prefix: string): Promise<ArchiveMetadata> {
  const key = `${prefix}/${METADATA_OBJECT}`
  const stream = await store.get(key)
  if (stream === null) throw new ArchiveError('ARCHIVE_NOT_FOUND', `There is no ${key}.`)
  const text = Buffer.concat(await stream.toArray()).toString('utf8')
  const parsed = decoded(key, () => parseQuietly(text))
  const version = (parsed as { formatVersion?: unknown } | null)?.formatVersion
  if (typeof version === 'number' && version > ARCHIVE_FORMAT_VERSION) {
    throw new ArchiveError('ARCHIVE_UNSUPPORTED', `${key} has format version ${version}.`)
  }
  return decoded(key, () => archiveMetadataSchema.parse(parsed))
}
