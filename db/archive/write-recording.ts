import {
  ARCHIVE_FORMAT_VERSION,
  type ArchiveCheckpoint,
  type ArchivedRedaction,
  type ArchivedSession,
  type ArchiveMetadata,
  type ArchiveObject,
  archiveMetadataSchema,
  CHAIN_OBJECT,
  EVENTS_OBJECT,
  MAX_LISTED_CHECKPOINTS,
  METADATA_OBJECT,
  SNAPSHOTS_OBJECT,
} from '../../protocol/archive-format.js'
import type { ArchivableEvent, ArchivableSnapshot } from '../../protocol/archive-lines.js'
import { signedMetadata, unsignedMetadata } from '../../protocol/archive-signature.js'
import type { RecordedEvent, SourceInfo } from '../../protocol/events.js'
import { type ArchivedChain, chainRows } from '../integrity/chain-lines.js'
import type { Signer } from '../integrity/keys.js'
import { type DerivedObjects, withDerivedObjects } from './derived-objects.js'
import { ArchiveError, isArchiveError } from './errors.js'
import { EventsReadBack } from './events-read-back.js'
import { InPlace, refuseOlder } from './in-place.js'
import { decoded } from './members.js'
import { putObject, type WrittenObject } from './put-object.js'
import { RecordingReader } from './read-recording.js'
import { derivedCodec, eventCodec, snapshotCodec, snapshotSeqOfRow } from './row-codecs.js'
import { SegmentCache } from './segment-cache.js'
import { SEGMENT_LIMITS, type SegmentLimits, SNAPSHOT_SEGMENT_LIMITS } from './segment-writer.js'
import type { ArchiveStore } from './store.js'
import { readBack, verifyObject } from './verify-object.js'

export interface RecordingToArchive {
  /** One more than the last archive of this session. */
  generation: number
  session: ArchivedSession
  sources: SourceInfo[]
  stats: Record<string, unknown>
  /** What adds to the statistics; without it these are all. */
  analysis?: ArchiveAnalysis
  redactions?: ArchivedRedaction[]
  /** Pages of rows with the seqs 1, 2, 3… to session.eventCount. */
  events: AsyncIterable<ArchivableEvent[]>
  /** Pages of rows by ascending seq. */
  snapshots: AsyncIterable<ArchivableSnapshot[]>
  /** What makes the recording verifiable; without it the archive is not signed. */
  integrity?: RecordingIntegrity
  /** What players need beside the events; without it the archive has neither of the two. */
  derived?: DerivedObjects
}

/** What is computed of the events while they are read back. None of it throws: it must not stand in the way of the recording [I7]. */
export interface ArchiveAnalysis {
  /** The next events, in seq order, with the texts of their snapshots; waited for. */
  add(events: readonly RecordedEvent[]): Promise<void>
  /** Asked for once, when all events were read back. */
  stats(): Promise<Record<string, unknown>>
}

export interface RecordingIntegrity {
  /** Of the events and snapshots that are written. */
  chain: ArchivedChain
  /** After the last event, hex. */
  head: string
  signedAtMs: number
  signer: Signer
}

/** Of snapshots, which events refer to soon after they were taken. */
const CACHE_CHARS = 4 * 1024 * 1024

export interface WrittenRecording {
  storagePath: string
  /** Of all objects. */
  storageSizeBytes: number
  metadata: ArchiveMetadata
}

/**
 * Writes the objects of a recording below `prefix` (recordingPrefix of the session), reads them back and
 * returns only when they hold what was given. Memory is bounded by a segment, a page and the store's parts.
 *
 * May be run again at any time, also beside itself and after dying between any two lines. Until metadata.json
 * is replaced, readers with the older one see its hashes fail where the objects have changed [R12].
 *
 * Throws ArchiveErrors: ARCHIVE_CORRUPT where the rows have a hole, are not eventCount, refer to a missing
 * snapshot, or came back different; ARCHIVE_SUPERSEDED where a newer generation is in place, ARCHIVE_AHEAD where one has events that the rows lack,
 * ARCHIVE_UNSUPPORTED where a later version of the format is; ARCHIVE_UNAVAILABLE. What the pages throw comes
 * through as it is. Rows that are wrong in themselves never take the place of an older object.
 * @param allLimits of the segments of all objects, where these are not to have their own
 */
export async function writeRecording(
  store: ArchiveStore,
  prefix: string,
  recording: RecordingToArchive,
  allLimits?: SegmentLimits,
): Promise<WrittenRecording> {
  const limits = allLimits ?? SEGMENT_LIMITS
  const snapshotLimits = allLimits ?? SNAPSHOT_SEGMENT_LIMITS
  const inPlace = await InPlace.find(store, prefix, recording)
  const referredSeqs = new Set<number>()
  const eventsKey = `${prefix}/${EVENTS_OBJECT}`
  const snapshotsKey = `${prefix}/${SNAPSHOTS_OBJECT}`
  const eventPages = countedEvents(recording, referredSeqs, inPlace)
  const events = await putObject(store, eventsKey, eventPages, eventCodec, limits)
  const snapshotPages = completeSnapshots(recording, referredSeqs)
  const snapshots = await putObject(store, snapshotsKey, snapshotPages, snapshotCodec, snapshotLimits)

  await verifyObject(store, snapshotsKey, snapshots, snapshotCodec)
  const chain = recording.integrity && (await putChain(store, prefix, recording.integrity, limits))
  const index = archiveMetadataSchema.parse({
    formatVersion: ARCHIVE_FORMAT_VERSION,
    generation: recording.generation,
    session: recording.session,
    sources: recording.sources,
    stats: recording.stats,
    objects: {
      [EVENTS_OBJECT]: events.object,
      [SNAPSHOTS_OBJECT]: snapshots.object,
      ...(chain && { [CHAIN_OBJECT]: chain }),
    },
    checkpointCount: 0,
    checkpoints: [],
    ...(recording.redactions?.length ? { redactions: recording.redactions } : {}),
  })
  // INVARIANT: metadata.json comes last. It never names bytes that were not read back.
  const made = await readBackEvents(store, prefix, recording, events, index, limits).catch(async (error) => {
    // Other bytes than were written may be those of a successor.
    if (isArchiveError(error, 'ARCHIVE_CORRUPT')) await refuseOlder(store, prefix, recording)
    throw error
  })
  const unsigned = { ...index, ...made }
  const text = metadataText(unsigned, recording.integrity)
  // Asked again: a process may have been frozen for long, with a successor at work.
  await refuseOlder(store, prefix, recording)
  const metadataBytes = await putMetadata(store, prefix, text)
  const metadata = archiveMetadataSchema.parse(JSON.parse(text))
  return {
    storagePath: prefix,
    storageSizeBytes: Object.values(metadata.objects).reduce((sum, { bytes }) => sum + bytes, metadataBytes),
    metadata,
  }
}

/** Reads the events back, makes of them meanwhile what is made of events, and returns what metadata.json says of both. */
async function readBackEvents(
  store: ArchiveStore,
  prefix: string,
  { analysis, derived, stats: known }: RecordingToArchive,
  written: WrittenObject,
  index: ArchiveMetadata,
  limits: SegmentLimits,
): Promise<Pick<ArchiveMetadata, 'stats' | 'objects' | 'checkpointCount' | 'checkpoints'>> {
  const checkpoints: ArchiveCheckpoint[] = []
  let checkpointCount = 0
  const onEvents = async (events: readonly RecordedEvent[]) => {
    for (const { checkpoint, seq, type, timestamp } of events) {
      if (!checkpoint) continue
      checkpointCount++
      if (checkpoints.length < MAX_LISTED_CHECKPOINTS) checkpoints.push({ seq, type, timestamp })
    }
    await analysis?.add(events)
  }
  const rows = readBack(store, `${prefix}/${EVENTS_OBJECT}`, written, eventCodec)
  const reader = new RecordingReader(store, prefix, index, new SegmentCache(CACHE_CHARS))
  const events = new EventsReadBack(written.object.segments, rows, reader, onEvents)
  const objects = derived
    ? await withDerivedObjects(store, prefix, index, events, derived, limits)
    : index.objects
  await events.readRest()
  if (reader.metadata !== index) {
    throw new ArchiveError('ARCHIVE_CORRUPT', `${prefix} was written anew while it was read.`)
  }
  return { stats: { ...(await analysis?.stats()), ...known }, objects, checkpointCount, checkpoints }
}

async function putChain(
  store: ArchiveStore,
  prefix: string,
  { chain }: RecordingIntegrity,
  limits: SegmentLimits,
): Promise<ArchiveObject> {
  const key = `${prefix}/${CHAIN_OBJECT}`
  const rows = chainRows(chain)
  async function* pages() {
    if (rows.length > 0) yield rows
  }
  const written = await putObject(store, key, pages(), derivedCodec, limits)
  await verifyObject(store, key, written, derivedCodec)
  return written.object
}

/** Signed last, over all of it: the hashes of the objects are in it, and what their lines say with them. */
function metadataText(metadata: ArchiveMetadata, integrity: RecordingIntegrity | undefined): string {
  if (integrity === undefined) return unsignedMetadata(metadata)
  const { head, signedAtMs, signer } = integrity
  const said = { head, signedAtMs, keyId: signer.keyId, signature: '' }
  const text = unsignedMetadata({ ...metadata, integrity: said })
  return signedMetadata(text, signer.sign('metadata', text).signature)
}

// INVARIANT: what these two find out, they throw while their pages are being put. A put whose body throws leaves
// the older object, and rows that went missing may be in that one alone.

async function* countedEvents(
  { events, session }: RecordingToArchive,
  referredSeqs: Set<number>,
  inPlace: InPlace | null,
): AsyncGenerator<ArchivableEvent[]> {
  let count = 0
  for await (const page of events) {
    for (const row of page) {
      inPlace?.refuseOther(row)
      const snapshotSeq = decoded(session.id, () => snapshotSeqOfRow(row))
      if (snapshotSeq !== null) referredSeqs.add(snapshotSeq)
    }
    count += page.length
    yield page
  }
  if (count === session.eventCount) return
  const counts = `${count} events instead of ${session.eventCount}`
  throw new ArchiveError('ARCHIVE_CORRUPT', `The rows of ${session.id} are ${counts}.`)
}

async function* completeSnapshots(
  { snapshots, session }: RecordingToArchive,
  referredSeqs: Set<number>,
): AsyncGenerator<ArchivableSnapshot[]> {
  for await (const page of snapshots) {
    for (const row of page) referredSeqs.delete(row.seq)
    yield page
  }
  if (referredSeqs.size === 0) return
  const [missing] = referredSeqs
  throw new ArchiveError(
    'ARCHIVE_CORRUPT',
    `The rows of ${session.id} lack the snapshot of event ${missing}.`,
  )
}

/** Returns its size in bytes. */
async function putMetadata(store: ArchiveStore, prefix: string, text: string): Promise<number> {
  const key = `${prefix}/${METADATA_OBJECT}`
  const written = Buffer.from(text)
  await store.put(key, written)
  const stored = await store.getRange(key, 0, written.length + 1)
  if (stored === null || !stored.equals(written)) {
    throw new ArchiveError('ARCHIVE_CORRUPT', `Read back, ${key} has other bytes.`)
  }
  return written.length
}
