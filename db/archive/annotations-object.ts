import { createHash } from 'node:crypto'
import {
  ANNOTATIONS_OBJECT,
  ARCHIVE_FORMAT_VERSION,
  type ArchivedAnnotations,
  archivedAnnotationsSchema,
} from '../../protocol/archive-format.js'
import { annotationsStatement } from '../../protocol/archive-signature.js'
import type { AnnotationVersion } from '../annotations.js'
import type { Signer } from '../integrity/keys.js'
import { ArchiveError } from './errors.js'
import { decoded } from './members.js'
import type { ArchiveStore } from './store.js'

/** More than its first line ever has. */
const HEAD_BYTES = 1024

export interface AnnotationsToArchive {
  sessionId: string
  generation: number
  /** Without one the object is not signed. */
  signer?: Signer | undefined
}

/**
 * Writes the annotations of a session below `prefix` and reads them back. Memory is bounded by a page.
 * Throws ArchiveErrors: ARCHIVE_SUPERSEDED where a later generation is in place, ARCHIVE_CORRUPT where the rows are not
 * `generation`, or came back different; ARCHIVE_UNAVAILABLE. What the pages throw comes through as it is.
 */
export async function writeAnnotations(
  store: ArchiveStore,
  prefix: string,
  { sessionId, generation, signer }: AnnotationsToArchive,
  pages: AsyncIterable<AnnotationVersion[]>,
): Promise<void> {
  const key = `${prefix}/${ANNOTATIONS_OBJECT}`
  const inPlace = await generationOf(store, key)
  if (inPlace > generation) {
    const which = `generation ${inPlace}, newer than ${generation}`
    throw new ArchiveError('ARCHIVE_SUPERSEDED', `${key} is of ${which}.`)
  }
  const written = createHash('sha256')
  async function* pieces(): AsyncGenerator<Buffer> {
    for await (const piece of piecesOf({ sessionId, generation, signer }, pages)) {
      written.update(piece)
      yield piece
    }
  }
  await store.put(key, pieces())
  const stored = createHash('sha256')
  for await (const piece of (await store.get(key)) ?? []) stored.update(piece)
  if (stored.digest('hex') !== written.digest('hex'))
    throw new ArchiveError('ARCHIVE_CORRUPT', `Read back, ${key} has other bytes.`)
}

/** The archived annotations below `prefix`, or null where nothing was noted. Throws ArchiveError. */
export async function readAnnotations(
  store: ArchiveStore,
  prefix: string,
): Promise<ArchivedAnnotations | null> {
  const key = `${prefix}/${ANNOTATIONS_OBJECT}`
  const stream = await store.get(key)
  if (stream === null) return null
  const text = Buffer.concat(await stream.toArray()).toString('utf8')
  const archived = decoded(key, () => archivedAnnotationsSchema.parse(JSON.parse(text)))
  const rows = text.split('\n').slice(1, -2)
  const sha256 = createHash('sha256')
  for (const row of rows) sha256.update(`${row.replace(/^,/, '')}\n`)
  const { generation, annotations } = archived
  if (sha256.digest('hex') === archived.sha256 && annotations.length === generation) return archived
  throw new ArchiveError('ARCHIVE_CORRUPT', `${key} is not what its hash says.`)
}

/** A line for the beginning, one a row, one for the end. */
async function* piecesOf(
  { sessionId, generation, signer }: AnnotationsToArchive,
  pages: AsyncIterable<AnnotationVersion[]>,
): AsyncGenerator<Buffer> {
  yield Buffer.from(annotationsHead({ sessionId, generation }))
  const sha256 = createHash('sha256')
  let count = 0
  for await (const page of pages) {
    const lines = page.map((row) => `${JSON.stringify(row)}\n`)
    for (const line of lines) sha256.update(line)
    yield Buffer.from(lines.map((line, i) => (count + i === 0 ? line : `,${line}`)).join(''))
    count += page.length
  }
  // While it is being put: the older object stays then.
  if (count !== generation) {
    const counts = `${count} annotations instead of ${generation}`
    throw new ArchiveError('ARCHIVE_CORRUPT', `The rows of ${sessionId} are ${counts}.`)
  }
  const said = { sessionId, generation, sha256: sha256.digest('hex') }
  yield Buffer.from(annotationsEnd({ ...said, ...signer?.sign('annotations', annotationsStatement(said)) }))
}

/** The object's first line. */
export const annotationsHead = ({
  sessionId,
  generation,
}: {
  sessionId: string
  generation: number
}): string =>
  `${JSON.stringify({ formatVersion: ARCHIVE_FORMAT_VERSION, sessionId, generation }).slice(0, -1)},"annotations":[\n`

interface AnnotationsSaid {
  sha256: string
  keyId?: string | undefined
  signature?: string | undefined
}

/** Its last one. */
export function annotationsEnd({ sha256, keyId, signature }: AnnotationsSaid): string {
  const said = signature === undefined ? { sha256 } : { sha256, keyId, signature }
  return `],${JSON.stringify(said).slice(1)}\n`
}

/** Of the object in place; 0 where there is none, or one that is damaged: it is about to be replaced. */
async function generationOf(store: ArchiveStore, key: string): Promise<number> {
  const head = await store.getRange(key, 0, HEAD_BYTES)
  const [line = ''] = (head ?? Buffer.alloc(0)).toString('utf8').split('\n')
  return Number(/"generation":(\d+),"annotations":\[$/.exec(line)?.[1] ?? 0)
}
