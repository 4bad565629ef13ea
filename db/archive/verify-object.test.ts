import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ArchivableEvent } from '../../protocol/archive-lines.js'
import { anEvent, pagesOf } from '../test-support/recordings.js'
import { whole } from '../test-support/store.contract.js'
import { openDirectoryStore } from './directory-store.js'
import { eventCodec, type RowCodec } from './row-codecs.js'
import { makeSegmentWriter } from './segment-writer.js'
import type { ArchiveStore } from './store.js'
import { readBack, verifyObject } from './verify-object.js'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'archive-verify-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const ROWS = Array.from({ length: 10 }, (_, i) => anEvent(i + 1))

async function written(codec: RowCodec<ArchivableEvent> = eventCodec, rows = ROWS) {
  const store = openDirectoryStore(folder)
  const writer = makeSegmentWriter(codec, { maxEvents: 3, maxRawBytes: 1e6 })
  await store.put('k', writer.segmentsOf(pagesOf(rows)))
  return { store, object: writer.index(), rowsSha256: writer.rowsSha256() }
}

test('hands out the rows that were written, as they were', async () => {
  const { store, ...rest } = await written()
  const rows: ArchivableEvent[] = []
  for await (const some of readBack(store, 'k', rest, eventCodec)) rows.push(...some)
  expect(rows.map(eventCodec.canonical)).toEqual(ROWS.map(eventCodec.canonical))
})

// What keeps a slip of the encoder or the decoder from ever costing rows: both agree on the bytes.
test.each<[string, Partial<RowCodec<ArchivableEvent>>]>([
  [
    'forgets a source',
    {
      encode: (row, previous) => eventCodec.encode(row, previous ?? null).replace('"source":1', '"source":2'),
    },
  ],
  [
    'rounds a time',
    { encode: (row, previous) => eventCodec.encode({ ...row, timestampMs: row.timestampMs + 1 }, previous) },
  ],
  [
    'touches the text of data',
    { encode: (row, previous) => eventCodec.encode({ ...row, dataJson: `${row.dataJson} ` }, previous) },
  ],
])('an encoder that %s is found out', async (_what, slip) => {
  const { store, ...rest } = await written({ ...eventCodec, ...slip })
  await expect(verifyObject(store, 'k', rest, eventCodec)).rejects.toMatchObject({
    code: 'ARCHIVE_CORRUPT',
    message: expect.stringContaining('decodes to other rows'),
  })
})

test('the hash of the whole must be right too', async () => {
  const { store, object, rowsSha256 } = await written()
  const other = { object: { ...object, sha256: '0'.repeat(64) }, rowsSha256 }
  await expect(verifyObject(store, 'k', other, eventCodec)).rejects.toThrow('has other bytes')
})

test('segments missing at the end, or once too often, are found out', async () => {
  const { store, ...rest } = await written()
  const bytes = (await whole(store, 'k'))!
  const lastOffset = rest.object.segments.at(-1)!.offset
  for (const damaged of [bytes.subarray(0, lastOffset), Buffer.concat([bytes, bytes.subarray(lastOffset)])]) {
    await store.put('k', damaged)
    await expect(verifyObject(store, 'k', rest, eventCodec)).rejects.toMatchObject({
      code: 'ARCHIVE_CORRUPT',
    })
  }
})

test('a large object is fetched in ranges of some segments each, and minded to its last byte', async () => {
  // What gzip can't shorten: some 300 KiB a segment, and one that is longer than a range.
  const text = (bytes: number) => JSON.stringify(randomBytes(bytes).toString('base64'))
  const rows = Array.from({ length: 30 }, (_, i) =>
    anEvent(i + 1, { dataJson: text((i === 15 ? 1500 : 100) * 1024) }),
  )
  const { store, ...rest } = await written(eventCodec, rows)
  const ranges: [offset: number, length: number][] = []
  const counting: ArchiveStore = {
    ...store,
    getRange: (key, offset, length) => {
      ranges.push([offset, length])
      return store.getRange(key, offset, length)
    },
  }
  const seqs: number[] = []
  for await (const some of readBack(counting, 'k', rest, eventCodec)) seqs.push(...some.map(({ seq }) => seq))
  expect(seqs).toEqual(rows.map(({ seq }) => seq))
  // Three segments and two, the long one, three and two.
  expect(ranges.length).toBe(5)
  expect(ranges.reduce((end, [offset, length]) => (offset === end ? end + length : Number.NaN), 0)).toBe(
    rest.object.bytes + 1,
  )
  const bytes = (await whole(store, 'k'))!
  for (const [offset, length] of ranges) {
    for (const at of [offset, Math.min(offset + length, bytes.length) - 1]) {
      const damaged = Buffer.from(bytes)
      damaged[at] = (damaged[at] ?? 0) ^ 1
      await store.put('k', damaged)
      await expect(verifyObject(store, 'k', rest, eventCodec)).rejects.toMatchObject({
        code: 'ARCHIVE_CORRUPT',
      })
    }
  }
})
