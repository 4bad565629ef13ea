import { createHash } from 'node:crypto'
import { sha256Of, unpacked } from '../../db/archive/members.js'
import { eventCodec, type RowCodec, snapshotCodec } from '../../db/archive/row-codecs.js'
import type { ArchiveStore } from '../../db/archive/store.js'
import { linesOf } from '../../db/archive/verify-object.js'
import { type ArchivedChain, readChainLine } from '../../db/integrity/chain-lines.js'
import { hashText } from '../../db/text.js'
import type { ArchiveObject } from '../../protocol/archive-format.js'
import type { ArchivableEvent, ArchivableSnapshot } from '../../protocol/archive-lines.js'
import { eventsText, type Report } from './verdict.js'

interface Place {
  store: ArchiveStore
  prefix: string
}

/**
 * Compares the bytes of an object with its index, whole and segment by segment, one segment in memory at a time.
 * @returns whether it is there at all
 */
export async function checkBytes(
  report: Report,
  { store, prefix }: Place,
  name: string,
  object: ArchiveObject,
): Promise<boolean> {
  const stream = await store.get(`${prefix}/${name}`)
  if (stream === null) {
    report.add({ what: 'object', how: 'removed', text: `${name} is missing.` })
    return false
  }
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    hash.update(chunk)
    bytes += chunk.length
  }
  if (hash.digest('hex') === object.sha256 && bytes === object.bytes) return true
  const change = bytes === object.bytes ? '' : ` It has ${bytes} bytes instead of ${object.bytes}.`
  report.add({ what: 'object', how: 'changed', text: `${name} is not what was signed.${change}` })
  for (const [n, segment] of object.segments.entries()) {
    const member = await store.getRange(`${prefix}/${name}`, segment.offset, segment.length)
    if (member !== null && sha256Of(member) === segment.sha256) continue
    const { firstSeq, lastSeq } = segment
    const of = name === 'events.json.gz' ? ` (${eventsText(firstSeq, lastSeq)})` : ''
    report.add({ what: 'segment', how: 'changed', text: `Segment ${n} of ${name}${of} was changed.` })
  }
  return true
}

/** The rows of events.json.gz as far as they can be read; a segment that can't is passed over. */
export const archivedEvents = (place: Place, name: string, object: ArchiveObject) =>
  rowsOf<ArchivableEvent>(place, name, object, eventCodec)

/** The rows of snapshots.json.gz in the same way; what is wrong with their texts is told. */
export async function* archivedSnapshots(
  report: Report,
  place: Place,
  name: string,
  object: ArchiveObject,
): AsyncGenerator<ArchivableSnapshot> {
  for await (const row of rowsOf<ArchivableSnapshot>(place, name, object, snapshotCodec)) {
    checkText(report, row)
    yield row
  }
}

/** The chain knows a snapshot's text by its hash. */
export function checkText(report: Report, { seq, content, contentHash }: ArchivableSnapshot): void {
  if (hashText(content) === contentHash) return
  const text = `The text of the snapshot that event ${seq} brought was changed.`
  report.add({ what: 'row', how: 'changed', fromSeq: seq, toSeq: seq, text })
}

/** Links and records of chain.json.gz, as far as they can be read. */
export async function archivedChain(
  place: Place,
  name: string,
  object: ArchiveObject,
): Promise<ArchivedChain> {
  const chain: ArchivedChain = { links: [], records: [] }
  for await (const { text, ...frame } of segmentsOf(place, name, object)) {
    for (const line of linesOf(text, frame)) {
      try {
        if (line !== null) readChainLine(line, chain)
      } catch {
        // Its object's bytes are not what was signed, which is told already; the chain lacks this line.
      }
    }
  }
  return chain
}

async function* rowsOf<Row extends { seq: number; timestampMs: number }>(
  place: Place,
  name: string,
  object: ArchiveObject,
  codec: RowCodec<Row>,
): AsyncGenerator<Row> {
  for await (const { text, firstSeq, ...frame } of segmentsOf(place, name, object)) {
    let [seq, previous] = [firstSeq, null as Row | null]
    for (const line of linesOf(text, frame)) {
      try {
        if (line === null) break
        previous = codec.decode(line, { seq: seq++, previous })
      } catch {
        break
      }
      yield previous
    }
  }
}

async function* segmentsOf({ store, prefix }: Place, name: string, { segments }: ArchiveObject) {
  for (const [n, { offset, length, firstSeq }] of segments.entries()) {
    const key = `${prefix}/${name}`
    const member = await store.getRange(key, offset, length)
    const text = member && (await unpacked(member, key).catch(() => null))
    if (text !== null) yield { text, firstSeq, isFirst: n === 0, isLast: n === segments.length - 1 }
  }
}
