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
import { readBack, verifyObject } from './verify-object.js'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'archive-verify-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const ROWS = Array.from({ length: 10 }, (_, i) => anEvent(i + 1))

async function written(codec: RowCodec<ArchivableEvent> = eventCodec) {
  const store = openDirectoryStore(folder)
  const writer = makeSegmentWriter(codec, { maxEvents: 3, maxRawBytes: 1e6 })
  await store.put('k', writer.segmentsOf(pagesOf(ROWS)))
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
