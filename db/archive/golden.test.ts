import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { recordingPrefix } from '../../protocol/archive-format.js'
import { aRecording, everyRule, SESSION_ID } from '../test-support/recordings.js'
import { openDirectoryStore } from './directory-store.js'
import { openRecording } from './read-recording.js'
import { writeRecording } from './write-recording.js'

// An archive as format version 1 writes it, kept for good. When a test here fails, ask whether readers that
// exist can still read what is written now. If so (something was added), write it again with
//   WRITE_GOLDEN=1 npx vitest run db/archive/golden
// and describe the addition in docs/archive.md. If not, raise ARCHIVE_FORMAT_VERSION, keep reading version 1
// from this folder, and give the new version a folder of its own.
const GOLDEN = join(import.meta.dirname, '../test-support/archive-v1.golden.d')
const LIMITS = { maxEvents: 3, maxRawBytes: 100_000 }
const prefix = recordingPrefix(SESSION_ID)

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'archive-golden-'))
  const recording = () => aRecording(everyRule.events, everyRule.snapshots)
  await writeRecording(openDirectoryStore(folder), prefix, recording(), LIMITS)
  if (process.env.WRITE_GOLDEN) await writeRecording(openDirectoryStore(GOLDEN), prefix, recording(), LIMITS)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const bytesOf = (root: string, name: string) => readFileSync(join(root, prefix, name))
const linesOf = (root: string, name: string) => gunzipSync(bytesOf(root, name)).toString('utf8').split('\n')
const metadataOf = (root: string) => JSON.parse(bytesOf(root, 'metadata.json').toString('utf8'))

test.each(['events.json.gz', 'snapshots.json.gz'])('%s holds the same bytes, once unpacked', (name) => {
  expect(linesOf(folder, name)).toEqual(linesOf(GOLDEN, name))
})

test('metadata.json says the same, but for what another zlib would change', () => {
  expect(withoutGzip(metadataOf(folder))).toEqual(withoutGzip(metadataOf(GOLDEN)))
  expect(Object.keys(metadataOf(folder))).toEqual(Object.keys(metadataOf(GOLDEN)))
})

test('the golden archive is read', async () => {
  const read = async (root: string) => {
    const reader = await openRecording(openDirectoryStore(root), prefix)
    const rows: unknown[] = []
    for await (const event of reader.readEvents()) rows.push(event)
    for await (const snapshot of reader.readSnapshots()) rows.push(snapshot)
    return rows
  }
  expect(await read(GOLDEN)).toEqual(await read(folder))
})

// Made of nothing but docs/archive.md, gunzip and JSON.parse, so that the page stays true.
test('a reader written from docs/archive.md gets every row', () => {
  const { objects, session } = metadataOf(GOLDEN)
  const bytes = bytesOf(GOLDEN, 'events.json.gz')
  const rows: object[] = []
  for (const { offset, length, firstSeq } of objects['events.json.gz'].segments) {
    const text = gunzipSync(bytes.subarray(offset, offset + length)).toString('utf8')
    let source = 0
    let sourceSeq = 0
    let receivedAtMs = 0
    const lines = text.split('\n').filter((line) => line !== '' && line !== ']' && line !== '[')
    for (const [place, lineText] of lines.entries()) {
      const line = JSON.parse(lineText.slice(1))
      sourceSeq = line.sourceSeq ?? sourceSeq + 1
      source = line.source ?? source
      if (line.receivedAfterMs !== undefined) receivedAtMs = line.timestamp + line.receivedAfterMs
      if (line.receivedAtMs !== undefined) receivedAtMs = line.receivedAtMs
      rows.push({
        seq: firstSeq + place,
        type: line.type,
        timestampMs: line.timestamp,
        data: line.data,
        fileId: line.fileId ?? null,
        checkpoint: line.checkpoint ?? false,
        source,
        sourceSeq,
        receivedAtMs,
        ...(line.rawTimestamp === undefined ? {} : { rawTimestamp: line.rawTimestamp }),
        ...(line.flags === undefined ? {} : { flags: line.flags }),
      })
    }
  }
  expect(session.eventCount).toBe(rows.length)
  expect(rows).toEqual(
    everyRule.events.map(({ dataJson, ...row }) => ({ ...row, data: JSON.parse(dataJson) })),
  )
})

function withoutGzip(metadata: ReturnType<typeof metadataOf>): unknown {
  const objects = Object.entries<{ segments: object[] }>(metadata.objects).map(([name, object]) => [
    name,
    {
      ...object,
      bytes: 0,
      sha256: '',
      segments: object.segments.map((s) => ({ ...s, offset: 0, length: 0, sha256: '' })),
    },
  ])
  return { ...metadata, objects: Object.fromEntries(objects) }
}
