import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { recordingPrefix } from '../../protocol/archive-format.js'
import type { ArchivableEvent } from '../../protocol/archive-lines.js'
import type { RecordedEvent } from '../../protocol/events.js'
import {
  anEvent,
  aRecording,
  aSnapshot,
  everyRule,
  pagesOf,
  SESSION_ID,
  START_MS,
} from '../test-support/recordings.js'
import { listed, whole } from '../test-support/store.contract.js'
import { openDirectoryStore } from './directory-store.js'
import { openRecording } from './read-recording.js'
import { eventCodec } from './row-codecs.js'
import { makeSegmentWriter } from './segment-writer.js'
import type { ArchiveStore } from './store.js'
import { writeRecording } from './write-recording.js'

const prefix = recordingPrefix(SESSION_ID)
const EVENTS = `${prefix}/events.json.gz`
const METADATA = `${prefix}/metadata.json`
const SMALL = { maxEvents: 3, maxRawBytes: 100_000 }

let base: string
let made = 0
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'archive-recording-'))
})
afterAll(() => rm(base, { recursive: true, force: true }))
const newStore = () => openDirectoryStore(join(base, String(made++)))

const events = (count: number): ArchivableEvent[] => Array.from({ length: count }, (_, i) => anEvent(i + 1))

async function allOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

/** What reading must give of rows: all of the row but its receive time, snapshots' texts in their places. */
function recordedOf({ events, snapshots }: typeof everyRule): RecordedEvent[] {
  return events.map(({ timestampMs, dataJson, receivedAtMs: _, ...rest }) => {
    const data = JSON.parse(dataJson)
    const snapshotSeq = rest.type === 'code_snapshot' ? data.content.$snapshot : undefined
    if (snapshotSeq !== undefined) data.content = snapshots.find(({ seq }) => seq === snapshotSeq)?.content
    return { ...rest, timestamp: timestampMs, data }
  })
}

describe('writing and reading a recording', () => {
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
    expect(await allOf(reader.readEvents())).toEqual(recordedOf({ events: events(count), snapshots: [] }))
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
      recordedOf({ events: [long], snapshots: [] }),
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
        expect(await allOf(reader.readEvents())).toEqual(recordedOf({ events: rows, snapshots: [] }))
      }),
      { numRuns: 60 },
    )
  })

  test('reads no further ahead than the segment in the making', async () => {
    let pages = 0
    async function* counted() {
      for await (const page of pagesOf(events(1000), 10)) {
        pages++
        yield page
      }
    }
    const segments = makeSegmentWriter(eventCodec, { maxEvents: 20, maxRawBytes: 1e6 }).segmentsOf(counted())
    await segments.next()
    expect(pages).toBe(3)
    await segments.next()
    expect(pages).toBe(5)
  })
})

describe('rows that cannot be an archive', () => {
  const corrupt = { code: 'ARCHIVE_CORRUPT' }
  test.each([
    ['a hole', [anEvent(1), anEvent(3)]],
    ['a double', [anEvent(1), anEvent(1)]],
    ['a first seq above 1', [anEvent(2)]],
    ['JSON that is none', [anEvent(1, { dataJson: '{"typed":"secret' })]],
    [
      'a reference to a snapshot that is missing',
      [anEvent(1, { type: 'code_snapshot', dataJson: '{"content":{"$snapshot":1}}' })],
    ],
  ])('%s', async (_what, rows) => {
    const store = newStore()
    const error = await writeRecording(store, prefix, aRecording(rows)).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject(corrupt)
    expect(JSON.stringify([String(error), String((error as Error).cause)])).not.toContain('secret')
    expect(await store.head(METADATA)).toBeNull()
  })

  test('fewer or more than the session counts', async () => {
    for (const eventCount of [2, 4]) {
      const recording = aRecording(events(3))
      recording.session.eventCount = eventCount
      await expect(writeRecording(newStore(), prefix, recording)).rejects.toMatchObject(corrupt)
    }
  })

  test('snapshots out of order', async () => {
    const snapshots = [aSnapshot(2, 'a'), aSnapshot(1, 'b')]
    await expect(writeRecording(newStore(), prefix, aRecording(events(2), snapshots))).rejects.toMatchObject(
      corrupt,
    )
  })
})

/** A store that does everything as the one below, but for what is replaced. */
const variant = (store: ArchiveStore, changes: Partial<ArchiveStore>): ArchiveStore => ({
  ...store,
  ...changes,
})

describe('a store that damages what it keeps is found out', () => {
  const damages: [string, (bytes: Buffer) => Buffer | null][] = [
    ['loses it', () => null],
    ['loses the last byte', (bytes) => bytes.subarray(0, -1)],
    ['loses the first byte', (bytes) => bytes.subarray(1)],
    ['adds a byte', (bytes) => Buffer.concat([bytes, Buffer.from([0])])],
    ['empties it', () => Buffer.alloc(0)],
    ['flips a bit in the middle', (bytes) => flipped(bytes, bytes.length >> 1)],
    ['flips a bit of a gzip header', (bytes) => flipped(bytes, 4)],
    ['flips the last bit', (bytes) => flipped(bytes, bytes.length - 1)],
  ]
  const flipped = (bytes: Buffer, at: number) => {
    const copy = Buffer.from(bytes)
    copy[at] = (copy[at] ?? 0) ^ 1
    return copy
  }
  const names = ['events.json.gz', 'snapshots.json.gz']
  const cases = damages.flatMap(([what, damage]) => names.map((name) => [what, name, damage] as const))

  test.each(cases)('%s: %s, at the writing', async (_what, name, damage) => {
    const store = newStore()
    const broken = variant(store, {
      get: async (key) => {
        const bytes = await whole(store, key)
        const given = key.endsWith(name) && bytes !== null ? damage(bytes) : bytes
        return given && Readable.from([given], { objectMode: true })
      },
    })
    const { events, snapshots } = everyRule
    await expect(writeRecording(broken, prefix, aRecording(events, snapshots), SMALL)).rejects.toMatchObject({
      code: 'ARCHIVE_CORRUPT',
    })
    expect(await store.head(METADATA)).toBeNull()
  })

  test.each(cases)('%s: %s, at the reading', async (_what, name, damage) => {
    const store = newStore()
    await writeRecording(store, prefix, aRecording(everyRule.events, everyRule.snapshots), SMALL)
    const key = `${prefix}/${name}`
    const given = damage((await whole(store, key))!)
    const broken = variant(store, {
      getRange: async (asked, offset, length) =>
        asked === key
          ? (given?.subarray(offset, offset + length) ?? null)
          : store.getRange(asked, offset, length),
    })
    const reader = await openRecording(broken, prefix)
    const reading = name.startsWith('events') ? allOf(reader.readEvents()) : allOf(reader.readSnapshots())
    // A byte after the last segment belongs to none of them; only the writer's own reading minds it.
    if (_what === 'adds a byte') await reading
    else await expect(reading).rejects.toMatchObject({ code: 'ARCHIVE_CORRUPT' })
  })

  test('metadata.json', async () => {
    const store = newStore()
    const broken = variant(store, {
      getRange: async (key, offset, length) => {
        const bytes = await store.getRange(key, offset, length)
        return bytes && key.endsWith('.json') ? flipped(bytes, 10) : bytes
      },
    })
    await expect(writeRecording(broken, prefix, aRecording(events(1)))).rejects.toMatchObject({
      code: 'ARCHIVE_CORRUPT',
    })
    await store.put(METADATA, Buffer.from('{"formatVersion":1'))
    await expect(openRecording(store, prefix)).rejects.toMatchObject({ code: 'ARCHIVE_CORRUPT' })
    await store.put(METADATA, Buffer.from('{"formatVersion":2}'))
    await expect(openRecording(store, prefix)).rejects.toMatchObject({ code: 'ARCHIVE_CORRUPT' })
  })
})

describe('writing again', () => {
  const longer = (count: number, generation: number) => aRecording(events(count), [], generation)

  test('a death between any two puts: what is read is right or refused, and the next writing repairs it', async () => {
    for (let puts = 0; puts <= 3; puts++) {
      const store = newStore()
      await writeRecording(store, prefix, longer(7, 1), SMALL)
      let left = puts
      const dying = variant(store, {
        put: async (key, body) => {
          if (left-- <= 0) throw new Error('killed')
          await store.put(key, body)
        },
      })
      const outcome = await writeRecording(dying, prefix, longer(8, 2), SMALL).then(
        () => 'done',
        (error: Error) => error.message,
      )
      expect(outcome).toBe(puts === 3 ? 'done' : 'killed')

      const expected = recordedOf({ events: events(8), snapshots: [] })
      const read: RecordedEvent[] = []
      const reading = (async () => {
        for await (const event of (await openRecording(store, prefix)).readEvents()) read.push(event)
      })()
      if (puts === 1 || puts === 2) await expect(reading).rejects.toMatchObject({ code: 'ARCHIVE_CORRUPT' })
      else await reading
      // All segments but the last stand where they stood.
      expect(read).toEqual(expected.slice(0, [7, 6, 6, 8][puts]))

      await writeRecording(store, prefix, longer(8, 2), SMALL)
      expect(await allOf((await openRecording(store, prefix)).readEvents())).toEqual(expected)
    }
  })

  test('a reader that opened the older archive goes on in the newer one', async () => {
    const store = newStore()
    await writeRecording(store, prefix, longer(7, 1), SMALL)
    const reader = await openRecording(store, prefix)
    const reading = reader.readEvents()
    const first = (await reading.next()).value
    await writeRecording(store, prefix, longer(11, 2), SMALL)
    expect([first, ...(await allOf(reading))]).toEqual(recordedOf({ events: events(11), snapshots: [] }))
    expect(reader.metadata.generation).toBe(2)
  })

  test('several writers of the same generation at once leave a whole archive', async () => {
    const store = newStore()
    await Promise.all([1, 2, 3].map(() => writeRecording(store, prefix, longer(50, 1), SMALL)))
    expect((await allOf((await openRecording(store, prefix)).readEvents())).length).toBe(50)
  })

  test('an older generation never takes the place of a newer one', async () => {
    const store = newStore()
    await writeRecording(store, prefix, longer(8, 2), SMALL)
    const before = await listed(store, '')
    await expect(writeRecording(store, prefix, longer(7, 1), SMALL)).rejects.toMatchObject({
      code: 'ARCHIVE_SUPERSEDED',
    })
    expect(await listed(store, '')).toEqual(before)
    await writeRecording(store, prefix, longer(8, 2), SMALL)
  })

  test('a damaged metadata.json is replaced', async () => {
    const store = newStore()
    await store.put(METADATA, Buffer.from('not JSON'))
    await writeRecording(store, prefix, longer(3, 1), SMALL)
    expect((await allOf((await openRecording(store, prefix)).readEvents())).length).toBe(3)
  })

  test('rows that go away leave the older archive, and their own error', async () => {
    const store = newStore()
    await writeRecording(store, prefix, longer(7, 1), SMALL)
    async function* goingAway() {
      yield events(5)
      throw new Error('the database went away')
    }
    const recording = { ...longer(7, 2), events: goingAway() }
    await expect(writeRecording(store, prefix, recording, SMALL)).rejects.toThrow(/^the database went away$/)
    expect((await allOf((await openRecording(store, prefix)).readEvents())).length).toBe(7)
  })
})

test('a recording that is not there is not found, before and after its removal', async () => {
  const store = newStore()
  await expect(openRecording(store, prefix)).rejects.toMatchObject({ code: 'ARCHIVE_NOT_FOUND' })
  await writeRecording(store, prefix, aRecording(events(7)), SMALL)
  const reader = await openRecording(store, prefix)
  await store.removePrefix(`${prefix}/`)
  await expect(allOf(reader.readEvents())).rejects.toMatchObject({ code: 'ARCHIVE_NOT_FOUND' })
  expect(await listed(store, '')).toEqual([])
})
