import { expect, test } from 'vitest'
import { dataCharsOfRow, eventJsonOfRow, eventOfRow, seqOfRow, snapshotSeqOfRow } from './row-json.js'

// As `eventJson` writes rows. What PostgreSQL makes of them is in tests/retention/reading.service.test.ts.
const row = ({ type = 'custom:x', fileId = null as string | null, meta = '', data = '{"a":1}' } = {}) =>
  `{"seq":1234,"type":${JSON.stringify(type)},"timestamp":1700000000000${meta && `,"meta":${meta}`}` +
  `,"data":${data},"fileId":${JSON.stringify(fileId)},"checkpoint":false,"source":2,"sourceSeq":7}`
const EVENT = { seq: 1234, type: 'custom:x', timestamp: 1_700_000_000_000, fileId: null, checkpoint: false }
const PLACE = { source: 2, sourceSeq: 7 }

test('most rows are sent on as they are', () => {
  expect(eventJsonOfRow(row())).toBe(row())
  expect(eventOfRow(row())).toEqual({ ...EVENT, ...PLACE, data: { a: 1 } })
  expect(seqOfRow(row())).toBe(1234)
})

test('the data is found whatever names and texts hold', () => {
  const data = JSON.stringify({ a: 1, data: ',"data":', meta: [',"meta":{}'], fileId: ',"fileId":' })
  const odd = row({ fileId: ',"data":1,"meta":{"fileId":"x"},"type":"code_snapshot",', data })
  expect(dataCharsOfRow(odd)).toBe(data.length)
  expect(eventJsonOfRow(odd)).toBe(odd)
  expect(snapshotSeqOfRow(odd)).toBeNull()
  const withMeta = row({ data, meta: '{"rawTimestamp":5,"fileId":"b.ts"}' })
  expect(dataCharsOfRow(withMeta)).toBe(data.length)
})

test('[R8] what is seldom there stands in the event itself, and a path as it was sent', () => {
  const meta = JSON.stringify({ rawTimestamp: 5, flags: ['late'], fileId: 'a\u0000\ud800.ts', unknown: 1 })
  const expected = {
    ...EVENT,
    ...PLACE,
    data: { a: 1 },
    fileId: 'a\u0000\ud800.ts',
    rawTimestamp: 5,
    flags: ['late'],
  }
  const odd = row({ fileId: 'a\ufffd\ufffd.ts', meta })
  expect(eventOfRow(odd)).toEqual(expected)
  expect(JSON.parse(eventJsonOfRow(odd))).toEqual(expected)
})

test('a line stays one line, whatever white space its data was stored with', () => {
  const spaced = row({ data: '{\n"a":\r 1}' })
  expect(eventJsonOfRow(spaced)).not.toMatch(/[\n\r]/)
  expect(JSON.parse(eventJsonOfRow(spaced))).toEqual(eventOfRow(row()))
})

test('a snapshot that is kept elsewhere is named, and its text comes back to its place', () => {
  const kept = row({ type: 'code_snapshot', data: '{"fileName":"a","content":{"$snapshot":9},"x":1}' })
  expect(snapshotSeqOfRow(kept)).toBe(9)
  expect(JSON.stringify(eventOfRow(kept, 'text').data)).toBe('{"fileName":"a","content":"text","x":1}')
  expect(snapshotSeqOfRow(row({ type: 'code_snapshot', data: '{"content":"own"}' }))).toBeNull()
})
