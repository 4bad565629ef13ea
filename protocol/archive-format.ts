import { z } from 'zod'
import { EVENTS_OBJECT, SNAPSHOTS_OBJECT } from './archive-names.js'
import { SESSION_STATUSES } from './session.js'

export * from './archive-names.js'

/**
 * The names and the index of an archived recording; docs/archive.md specifies both to the byte. The lines
 * inside the objects are in `archive-lines.ts`, which needs no schema library.
 */
export const ARCHIVE_FORMAT_VERSION = 1

/** Where a recording's objects lie under the archive's root, without a slash at the end. */
export const recordingPrefix = (sessionId: string): string => `sessions/${sessionId}`

/**
 * At most so many checkpoints are listed, so that metadata.json stays small whatever a sender marks. Beyond
 * it, `checkpointCount` is larger than the list and a reader finds the rest by the events' own marks.
 */
export const MAX_LISTED_CHECKPOINTS = 10_000

const count = z.number().int().nonnegative()
const seq = z.number().int().positive()
const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/)

/** One gzip member of an object: `length` bytes from `offset` on, readable without the others. */
export const archiveSegmentSchema = z.looseObject({
  offset: count,
  length: z.number().int().positive(),
  firstSeq: seq,
  lastSeq: seq,
  /** The smallest and the largest timestamp in it; the ranges of segments may overlap [R2]. */
  firstMs: z.number(),
  lastMs: z.number(),
  /** Of the gzip bytes. */
  sha256: sha256Hex,
})
export type ArchiveSegment = z.infer<typeof archiveSegmentSchema>

const tilesItsObject = (object: { bytes: number; segments: ArchiveSegment[] }): boolean => {
  let offset = 0
  let lastSeq = 0
  for (const segment of object.segments) {
    if (segment.offset !== offset || segment.firstSeq <= lastSeq || segment.lastSeq < segment.firstSeq)
      return false
    offset += segment.length
    lastSeq = segment.lastSeq
  }
  return object.segments.length === 0 || offset === object.bytes
}

/** One object. Its segments follow each other from byte 0 to the end, with ascending seqs. */
export const archiveObjectSchema = z
  .looseObject({
    /** Lines: events, or snapshots. */
    count,
    bytes: count,
    sha256: sha256Hex,
    segments: z.array(archiveSegmentSchema),
  })
  .refine(tilesItsObject, 'segments must follow each other from byte 0 to the end, with ascending seqs')
export type ArchiveObject = z.infer<typeof archiveObjectSchema>

/** The session's row, and whatever else its writer knows of it. */
export const archivedSessionSchema = z.looseObject({
  id: z.string().min(1),
  candidateId: z.string(),
  status: z.enum(SESSION_STATUSES),
  startTimeMs: z.number(),
  endTimeMs: z.number().nullable(),
  durationSec: z.number().nullable(),
  eventCount: count,
})
export type ArchivedSession = z.infer<typeof archivedSessionSchema>

export const archivedSourceSchema = z.looseObject({
  source: count,
  sourceId: z.string(),
  role: z.enum(['candidate', 'proctor', 'service']),
  sub: z.string(),
  userAgent: z.string().nullable(),
  firstSeenMs: z.number(),
  lastSeenMs: z.number(),
})

/** What was taken out of the recording, when and why; the texts of its events are masked already [R15]. */
export const archivedRedactionSchema = z.looseObject({
  id: z.string(),
  kind: z.string(),
  fromSeq: seq.nullable(),
  toSeq: seq.nullable(),
  throughSeq: count,
  reason: z.string(),
  role: z.string(),
  author: z.string(),
  eventCount: count,
  placeCount: count,
  createdAtMs: z.number(),
})
export type ArchivedRedaction = z.infer<typeof archivedRedactionSchema>

/** What the signature of metadata.json is made of; see archive-signature.ts. */
export const archiveIntegritySchema = z.looseObject({
  /** The head of the chain after the last event, hex. */
  head: sha256Hex,
  signedAtMs: z.number(),
  keyId: z.string(),
  /** Ed25519, base64url, over the whole of metadata.json with this value empty. */
  signature: z.string(),
})
export type ArchiveIntegrity = z.infer<typeof archiveIntegritySchema>

export const archiveCheckpointSchema = z.looseObject({ seq, type: z.string(), timestamp: z.number() })
export type ArchiveCheckpoint = z.infer<typeof archiveCheckpointSchema>

/**
 * metadata.json. Unknown keys are kept at every level, and further objects of the same shape may stand beside
 * the two: readers of this version pass over what later ones add.
 */
export const archiveMetadataSchema = z.looseObject({
  formatVersion: z.literal(ARCHIVE_FORMAT_VERSION),
  /** 1 for the first archive of a session, one more each time late events made a new one [R12]. */
  generation: z.number().int().positive(),
  session: archivedSessionSchema,
  sources: z.array(archivedSourceSchema),
  stats: z.record(z.string(), z.unknown()),
  objects: z
    .object({ [EVENTS_OBJECT]: archiveObjectSchema, [SNAPSHOTS_OBJECT]: archiveObjectSchema })
    .catchall(archiveObjectSchema),
  checkpointCount: count,
  checkpoints: z.array(archiveCheckpointSchema).max(MAX_LISTED_CHECKPOINTS),
  /** In the order in which they were made; absent without any. */
  redactions: z.array(archivedRedactionSchema).optional(),
  /** Absent of a recording from before there was a chain. */
  integrity: archiveIntegritySchema.optional(),
})
export type ArchiveMetadata = z.infer<typeof archiveMetadataSchema>

/**
 * annotations.json: the rows of the annotations log as they were added. It is written anew, alone, when one is added
 * after the close, and metadata.json says nothing of it [R16].
 */
export const archivedAnnotationsSchema = z.looseObject({
  formatVersion: z.literal(ARCHIVE_FORMAT_VERSION),
  sessionId: z.string().min(1),
  /** How many rows there are: the log only grows. */
  generation: z.number().int().positive(),
  annotations: z.array(
    z.looseObject({
      id: z.string(),
      version: z.string(),
      kind: z.string(),
      text: z.string(),
      author: z.string(),
      role: z.string(),
      atMs: z.number(),
      targetSeq: z.number().nullable(),
      value: z.number().nullable(),
      retracted: z.boolean(),
      source: z.number().nullable(),
      sourceSeq: z.number().nullable(),
      createdAtMs: z.number(),
    }),
  ),
  /** Of the rows, a line each. */
  sha256: sha256Hex,
  /** Of both the session's id, the generation and the hash; absent in older ones. */
  keyId: z.string().optional(),
  signature: z.string().optional(),
})
export type ArchivedAnnotations = z.infer<typeof archivedAnnotationsSchema>
