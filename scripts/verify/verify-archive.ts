import { createHash } from 'node:crypto'
import { annotationsEnd, annotationsHead } from '../../db/archive/annotations-object.js'
import type { ArchiveStore } from '../../db/archive/store.js'
import type { ArchivedChain } from '../../db/integrity/chain-lines.js'
import { ChainCheck } from '../../db/integrity/check-chain.js'
import { checkSignature, type PublicKeys } from '../../db/integrity/keys.js'
import {
  ANNOTATIONS_OBJECT,
  type ArchivedAnnotations,
  type ArchiveMetadata,
  archivedAnnotationsSchema,
  archiveMetadataSchema,
  CHAIN_OBJECT,
  EVENTS_OBJECT,
  METADATA_OBJECT,
  SNAPSHOTS_OBJECT,
} from '../../protocol/archive-format.js'
import { annotationsStatement, splitMetadata } from '../../protocol/archive-signature.js'
import type { Receipt } from '../../protocol/http/receipts.js'
import { archivedChain, archivedEvents, archivedSnapshots, checkBytes } from './archive-objects.js'
import { reportFaults, reportOlder, reportReceipt, reportRedactions } from './check-links.js'
import { UUID } from './targets.js'
import { Report, type Verdict } from './verdict.js'

export interface ArchiveToVerify {
  store: ArchiveStore
  /** Where the recording lies in it. */
  prefix: string
  keys: PublicKeys
  receipt?: Receipt | undefined
  /** For people; the prefix by default. */
  of?: string
}

/** Nothing there is a recording; shown to people as it is. */
export class NoRecording extends Error {
  override readonly name = 'NoRecording'
}

/**
 * Verifies a recording by its objects and pinned public keys alone. Memory is bounded by a segment and some bytes an event.
 * Throws NoRecording, ArchiveError where the store is away.
 */
export async function verifyArchive(asked: ArchiveToVerify): Promise<Verdict> {
  const { store, prefix, keys, receipt } = asked
  const report = new Report(asked.of ?? prefix)
  const names = await objectNames(store, prefix)
  if (names.length === 0) throw new NoRecording(`There is no recording at ${report.of}.`)
  const metadata = await checkMetadata(report, asked, names)
  if (metadata === null) return report.verdict()
  const { id } = metadata.session
  report.sessionId = id
  report.events = metadata.session.eventCount
  const place = prefix.slice(prefix.lastIndexOf('/') + 1)
  // A recording is whole in any place, but a session's folder is that of its own.
  if (UUID.test(place) && place.toLowerCase() !== id) {
    const text = `Here lies the recording of session ${id}, in the place of ${place}.`
    report.add({ what: 'object', how: 'moved', text })
  }
  for (const name of names) {
    if (name === METADATA_OBJECT || name === ANNOTATIONS_OBJECT || metadata.objects[name]) continue
    report.add({ what: 'object', how: 'added', text: `${name} is no object of this recording.` })
  }
  for (const [name, object] of Object.entries(metadata.objects)) await checkBytes(report, asked, name, object)
  const chain = await checkRows(report, asked, metadata)
  reportRedactions(report, keys, id, chain)
  if (names.includes(ANNOTATIONS_OBJECT)) await checkAnnotations(report, asked, metadata)
  if (receipt) reportReceipt(report, keys, id, chain, receipt)
  return report.verdict()
}

/** The names of what lies directly below a prefix. */
async function objectNames(store: ArchiveStore, prefix: string): Promise<string[]> {
  const names: string[] = []
  for await (const { key } of store.list(`${prefix}/`)) names.push(key.slice(prefix.length + 1))
  return names.sort()
}

async function readText(store: ArchiveStore, key: string): Promise<Buffer> {
  const stream = await store.get(key)
  return stream === null ? Buffer.alloc(0) : Buffer.concat((await stream.toArray()) as Buffer[])
}

/** Null where it says nothing that could be gone on from. */
async function checkMetadata(
  report: Report,
  { store, prefix, keys }: ArchiveToVerify,
  names: readonly string[],
): Promise<ArchiveMetadata | null> {
  const changed = (text: string) => report.add({ what: 'object', how: 'changed', text })
  if (!names.includes(METADATA_OBJECT)) {
    report.add({ what: 'object', how: 'removed', text: `${METADATA_OBJECT} is missing.` })
    return null
  }
  const bytes = await readText(store, `${prefix}/${METADATA_OBJECT}`)
  const text = bytes.toString('utf8')
  const metadata = parsed(text, (value) => archiveMetadataSchema.safeParse(value))
  if (metadata === null) {
    changed(`${METADATA_OBJECT} is not what a writer writes.`)
    return null
  }
  const { integrity } = metadata
  const split = splitMetadata(text)
  if (integrity === undefined) {
    report.unsigned.push(`${METADATA_OBJECT} carries no signature.`)
    return metadata
  }
  report.keyId = integrity.keyId
  report.signedAtMs = integrity.signedAtMs
  report.head = integrity.head
  const signature = { keyId: integrity.keyId, signature: integrity.signature }
  const isText = split !== null && Buffer.from(text).equals(bytes) && split.signature === integrity.signature
  const checked = isText ? checkSignature(keys, 'metadata', split.signed, signature) : 'invalid'
  if (checked === 'unknown key') {
    const why = `is signed with key ${integrity.keyId}, which is not one of the pinned keys`
    report.add({ what: 'signature', how: 'invalid', text: `${METADATA_OBJECT} ${why}.` })
  } else if (checked === 'invalid') changed(`${METADATA_OBJECT} was changed: its signature does not hold.`)
  return metadata
}

/** Events and snapshots against the chain, and the chain against its signed head. */
async function checkRows(
  report: Report,
  asked: ArchiveToVerify,
  metadata: ArchiveMetadata,
): Promise<ArchivedChain> {
  const { session, objects, integrity } = metadata
  const chainObject = objects[CHAIN_OBJECT]
  const chain = chainObject
    ? await archivedChain(asked, CHAIN_OBJECT, chainObject)
    : { links: [], records: [] }
  if (integrity && !chainObject) {
    report.add({ what: 'object', how: 'removed', text: `${CHAIN_OBJECT} is missing from the index.` })
  }
  if (!chainObject) {
    for await (const _ of archivedSnapshots(report, asked, SNAPSHOTS_OBJECT, objects[SNAPSHOTS_OBJECT]));
    return chain
  }
  const check = new ChainCheck(session.id, chain.links)
  for await (const event of archivedEvents(asked, EVENTS_OBJECT, objects[EVENTS_OBJECT]))
    check.addEvent(event)
  for await (const row of archivedSnapshots(report, asked, SNAPSHOTS_OBJECT, objects[SNAPSHOTS_OBJECT])) {
    check.addSnapshot(row)
  }
  reportFaults(report, check)
  reportOlder(report, chain, session.eventCount)
  if (integrity && check.head.toString('hex') !== integrity.head) {
    report.add({ what: 'link', how: 'changed', text: 'The chain does not end at the head that was signed.' })
  }
  const last = chain.links.at(-1)?.lastSeq ?? 0
  if (chain.links.length > 0 && last !== session.eventCount) {
    const text = `The chain ends after event ${last}, not ${session.eventCount}.`
    report.add({ what: 'link', how: last < session.eventCount ? 'removed' : 'added', text })
  }
  return chain
}

async function checkAnnotations(
  report: Report,
  { store, prefix, keys }: ArchiveToVerify,
  metadata: ArchiveMetadata,
): Promise<void> {
  const bytes = await readText(store, `${prefix}/${ANNOTATIONS_OBJECT}`)
  const said = parsed(bytes.toString('utf8'), (value) => archivedAnnotationsSchema.safeParse(value))
  const why = said === null ? 'is not what a writer writes' : whyAnnotations(said, bytes, keys, metadata)
  if (why === 'unsigned') report.unsigned.push(`${ANNOTATIONS_OBJECT} carries no signature.`)
  else if (why === null) report.checked.push(`${said?.generation} rows of annotations`)
  else report.add({ what: 'annotation', how: 'changed', text: `${ANNOTATIONS_OBJECT} ${why}.` })
}

/** What is wrong with it: its rows have a hash, and all else of it has one form. Null where nothing is. */
function whyAnnotations(
  said: ArchivedAnnotations,
  bytes: Buffer,
  keys: PublicKeys,
  { session }: ArchiveMetadata,
): string | null {
  const text = bytes.toString('utf8')
  if (!isOneForm(said, text) || !Buffer.from(text).equals(bytes)) return 'was changed: its hash does not hold'
  if (said.sessionId !== session.id) return `is of another session, ${said.sessionId}`
  const { keyId, signature } = said
  if (keyId === undefined || signature === undefined) return 'unsigned'
  const checked = checkSignature(keys, 'annotations', annotationsStatement(said), { keyId, signature })
  if (checked === 'invalid') return 'was changed: its signature does not hold'
  return checked === 'unknown key' ? `is signed with the unknown key ${keyId}` : null
}

function isOneForm(said: ArchivedAnnotations, text: string): boolean {
  const lines = text.split('\n')
  const rows = lines.slice(1, -2)
  const hash = createHash('sha256')
  for (const [i, row] of rows.entries()) {
    if (i > 0 && !row.startsWith(',')) return false
    hash.update(`${i > 0 ? row.slice(1) : row}\n`)
  }
  return (
    said.annotations.length === said.generation &&
    rows.length === said.generation &&
    hash.digest('hex') === said.sha256 &&
    `${lines[0]}\n` === annotationsHead(said) &&
    `${lines.at(-2)}\n` === annotationsEnd(said) &&
    lines.at(-1) === ''
  )
}

function parsed<T>(
  text: string,
  parse: (value: unknown) => { success: true; data: T } | { success: false },
): T | null {
  try {
    const result = parse(JSON.parse(text))
    return result.success ? result.data : null
  } catch {
    return null
  }
}
