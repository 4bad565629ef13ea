import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { recordingPrefix } from '../../protocol/archive-format.js'
import type { ArchivableEvent } from '../../protocol/archive-lines.js'
import {
  allOf,
  anEvent,
  aRecording,
  aSnapshot,
  everyRule,
  pagesOf,
  recordedOf,
  SESSION_ID,
  START_MS,
} from '../test-support/recordings.js'
import { listed, whole } from '../test-support/store.contract.js'
import { AHEAD } from './ahead.js'
import { openDirectoryStore } from './directory-store.js'
import { openRecording } from './read-recording.js'
import { eventCodec } from './row-codecs.js'
import { makeSegmentWriter } from './segment-writer.js'
import { writeRecording } from './write-recording.js'

const prefix = recordingPrefix(SESSION_ID)
const EVENTS = `${prefix}/events.json.gz`
const SMALL = { maxEvents: 3, maxRawBytes: 100_000 }

let base: string
let made = 0
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'archive-recording-'))
})
afterAll(() => rm(base, { recursive: true, force: true }))
const newStore = () => openDirectoryStore(join(base, String(made++)))

const events = (count: number): ArchivableEvent[] => Array.from({ length: count }, (_, i) => anEvent(i + 1))

describe('[R8] writing and reading a recording', () => {
  test('gives every event and snapshot back, in any slice', async () => {
    const store = newStore()
    const written = await writeRecording(
      store,
      prefix,
      aRecording(everyRule.events, everyRule.snapshots),
      SMALL,
    )
    const reader = await openRecording(store, prefix)
    const expected = recordedOf(everyRule)
    expect(await allOf(reader.readEvents())).toEqual(expected)
    expect(await allOf(reader.readSnapshots())).toEqual(everyRule.snapshots)
    for (let afterSeq = -1; afterSeq <= 13; afterSeq++) {
      for (const limit of [0, 1, 2, 5, 100]) {
        const from = Math.max(0, afterSeq)
        const slice = await allOf(reader.readEvents({ afterSeq, limit }))
        expect(slice, `${afterSeq} ${limit}`).toEqual(expected.slice(from, from + limit))
      }
    }
    const bySegment = await Promise.all([0, 1, 2, 3].map((n) => reader.readSegment(n)))
    expect(bySegment.map((segment) => segment.length)).toEqual([3, 3, 3, 3])
    expect(bySegment.flat()).toEqual(expected)
    await expect(reader.readSegment(4)).rejects.toMatchObject({ code: 'ARCHIVE_NOT_FOUND' })
    await expect(reader.readSegment(-1)).rejects.toMatchObject({ code: 'ARCHIVE_NOT_FOUND' })
    expect(reader.metadata).toEqual(written.metadata)
  })

  test('says where it is and how large, and lists what is worth jumping to', async () => {
    const store = newStore()
    const { storagePath, storageSizeBytes, metadata } = await writeRecording(
      store,
      prefix,
      aRecording(everyRule.events, everyRule.snapshots),
      SMALL,
    )
    expect(storagePath).toBe(`sessions/${SESSION_ID}`)
    const objects = await listed(store, '')
    expect(objects.map((line) => line.split(' ')[0])).toEqual(
      ['events.json.gz', 'metadata.json', 'snapshots.json.gz'].map((name) => `${prefix}/${name}`),
    )
    expect(storageSizeBytes).toBe(objects.reduce((sum, line) => sum + Number(line.split(' ')[1]), 0))
    expect(metadata.checkpointCount).toBe(5)
    expect(metadata.checkpoints.map(({ seq, type }) => `${seq} ${type}`)).toEqual([
      '1 session_start',
      '7 code_snapshot',
      '8 custom:lint',
      '9 code_snapshot',
      '10 code_snapshot',
    ])
    // The smallest and largest of the segment, whatever their order.
    expect(metadata.objects['events.json.gz'].segments.at(-1)).toMatchObject({
      firstSeq: 10,
      lastSeq: 12,
      firstMs: 0.1,
      lastMs: START_MS + 1100,
    })
  })

  test.each([0, 1, 2, 3, 4, 6])('%i events make one JSON array, ended once', async (count) => {
    const store = newStore()
    await writeRecording(store, prefix, aRecording(events(count)), SMALL)
    const text = gunzipSync((await whole(store, EVENTS))!).toString()
    expect(JSON.parse(text).length).toBe(count)
    expect(text.startsWith('[')).toBe(true)
    expect(text.endsWith('\n]')).toBe(true)
    const reader = await openRecording(store, prefix)
    expect(await allOf(reader.readEvents())).toEqual(recordedOf({ events: events(count) }))
    expect(reader.metadata.objects['events.json.gz'].segments.length).toBe(Math.ceil(count / 3))
  })

  test('each segment is a gzip member that stands alone, in its place', async () => {
    const store = newStore()
    const { metadata } = await writeRecording(store, prefix, aRecording(events(10)), SMALL)
    const bytes = (await whole(store, EVENTS))!
    const texts = metadata.objects['events.json.gz'].segments.map(({ offset, length }) =>
      gunzipSync(bytes.subarray(offset, offset + length)).toString(),
    )
    expect(texts.map((text) => text.split('\n').filter((line) => line.length > 1).length)).toEqual([
      3, 3, 3, 1,
    ])
    expect(texts.map((text) => text[0]).join('')).toBe('[,,,')
    expect(texts.map((text) => text.at(-1)).join('')).toBe('\n\n\n]')
    expect(texts.join('')).toBe(gunzipSync(bytes).toString())
    for (const text of texts) expect(text).toMatch(/^.\{.*"receivedAfterMs":7,"source":1,"sourceSeq":\d+,/)
  })

  test('a segment ends at its bytes too, and a longer event is one of its own', async () => {
    const store = newStore()
    const long = anEvent(3, {
      type: 'custom:long',
      dataJson: JSON.stringify('\u0000\ud800x'.repeat(100_000)),
    })
    const rows = [anEvent(1), anEvent(2), long, anEvent(4), anEvent(5)]
    const { metadata } = await writeRecording(store, prefix, aRecording(rows), {
      maxEvents: 100,
      maxRawBytes: 1000,
    })
    const places = metadata.objects['events.json.gz'].segments.map((s) => [s.firstSeq, s.lastSeq])
    expect(places).toEqual([
      [1, 2],
      [3, 3],
      [4, 5],
    ])
    expect(await allOf((await openRecording(store, prefix)).readEvents({ afterSeq: 2, limit: 1 }))).toEqual(
      recordedOf({ events: [long] }),
    )
  })

  test('snapshots of many segments are found by the events that refer to them, near and far', async () => {
    const store = newStore()
    const snapshots = Array.from({ length: 40 }, (_, i) => aSnapshot(i + 1, `text ${i}`))
    const rows = Array.from({ length: 200 }, (_, i) =>
      anEvent(i + 1, {
        type: 'code_snapshot',
        checkpoint: true,
        dataJson: `{"content":{"$snapshot":${i < 40 ? i + 1 : ((i * 17) % 40) + 1}}}`,
      }),
    )
    await writeRecording(store, prefix, aRecording(rows, snapshots), SMALL)
    const reader = await openRecording(store, prefix)
    expect(await allOf(reader.readEvents())).toEqual(recordedOf({ events: rows, snapshots }))
  })

  test('more checkpoints than are listed are counted', async () => {
    const rows = Array.from({ length: 10_050 }, (_, i) => anEvent(i + 1, { checkpoint: true }))
    const { metadata } = await writeRecording(newStore(), prefix, aRecording(rows))
    expect(metadata.checkpoints.length).toBe(10_000)
    expect(metadata.checkpointCount).toBe(10_050)
  })

  test('any events come back, however they fall into segments', async () => {
    const anyText = fc
      .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 30 })
      .map((units) => String.fromCharCode(...units))
    const anyRow = fc.record({ text: anyText, source: fc.nat(2), repeat: fc.constantFrom(1, 1, 1, 5000) })
    const anyLimits = fc.record({
      maxEvents: fc.integer({ min: 1, max: 5 }),
      maxRawBytes: fc.constantFrom(1, 300, 1e6),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(anyRow, { maxLength: 12 }), anyLimits, async (drafts, limits) => {
        const rows = drafts.map(({ text, source, repeat }, i) =>
          anEvent(i + 1, { source, fileId: text, dataJson: JSON.stringify({ text: text.repeat(repeat) }) }),
        )
        const store = newStore()
        await writeRecording(store, prefix, aRecording(rows), limits)
        const reader = await openRecording(store, prefix)
        expect(await allOf(reader.readEvents())).toEqual(recordedOf({ events: rows }))
      }),
      { numRuns: 60 },
    )
  })

  test('reads no further ahead than the segments that are being packed and the one in the making', async () => {
    let pages = 0
    async function* counted() {
      for await (const page of pagesOf(events(1000), 10)) {
        pages++
        yield page
      }
    }
    const segments = makeSegmentWriter(eventCodec, { maxEvents: 20, maxRawBytes: 1e6 }).segmentsOf(counted())
    await segments.next()
    expect(pages).toBe(2 * (1 + AHEAD) + 1)
    await segments.next()
    expect(pages).toBe(2 * (2 + AHEAD) + 1)
  })
})
