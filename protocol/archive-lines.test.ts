import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type ArchivableEvent,
  type ArchivableSnapshot,
  dataJsonOf,
  decodeEvents,
  decodeSnapshots,
  encodeEventLine,
  encodeSnapshotLine,
  oneLineJson,
  snapshotSeqOf,
} from './archive-lines.js'
import type { EventFlag, Json } from './events.js'

const event: ArchivableEvent = {
  seq: 41,
  type: 'code_edit',
  timestampMs: 1_760_000_000_000,
  dataJson: '{"changes":[[0,0,"a"]]}',
  fileId: 'a.py',
  checkpoint: false,
  source: 3,
  sourceSeq: 12,
  receivedAtMs: 1_760_000_000_009,
}
const next: ArchivableEvent = { ...event, seq: 42, sourceSeq: 13 }

describe('the line of an event', () => {
  test('says everything where a segment starts', () => {
    expect(encodeEventLine(event, null)).toBe(
      '{"type":"code_edit","fileId":"a.py","timestamp":1760000000000,"receivedAfterMs":9,' +
        '"source":3,"sourceSeq":12,"data":{"changes":[[0,0,"a"]]}}',
    )
  })

  test('leaves out what its place says', () => {
    expect(encodeEventLine(next, event)).toBe(
      '{"type":"code_edit","fileId":"a.py","timestamp":1760000000000,"data":{"changes":[[0,0,"a"]]}}',
    )
    expect(encodeEventLine({ ...next, fileId: null, dataJson: '{}' }, event)).toBe(
      '{"type":"code_edit","timestamp":1760000000000,"data":{}}',
    )
  })

  test('says source and source seq together whenever they do not simply go on', () => {
    const said = (changes: Partial<ArchivableEvent>) => encodeEventLine({ ...next, ...changes }, event)
    expect(said({ source: 4 })).toContain('"source":4,"sourceSeq":13')
    expect(said({ sourceSeq: 12 })).toContain('"source":3,"sourceSeq":12')
    expect(said({ sourceSeq: 14 })).toContain('"source":3,"sourceSeq":14')
    expect(said({})).not.toContain('ource')
  })

  test('says the receive time only when it is another, as a delay, or as a time where that would round', () => {
    const said = (changes: Partial<ArchivableEvent>) => encodeEventLine({ ...next, ...changes }, event)
    expect(said({ timestampMs: event.timestampMs + 5 })).not.toContain('received')
    expect(said({ receivedAtMs: event.timestampMs - 3 })).toContain('"receivedAfterMs":-3,')
    expect(said({ timestampMs: 0.1, receivedAtMs: 1_760_000_000_001 })).toContain(
      '"receivedAtMs":1760000000001,',
    )
  })

  test('says a raw timestamp, flags and a checkpoint where there are any', () => {
    const line = encodeEventLine({ ...next, rawTimestamp: 5, flags: ['late'], checkpoint: true }, event)
    expect(line).toContain('"rawTimestamp":5,"flags":["late"],"checkpoint":true,"data"')
    expect(encodeEventLine({ ...next, flags: [] }, event)).not.toContain('flags')
  })

  test('keeps the text of data as it is, but for line breaks between its tokens', () => {
    const dataJson = '{ "b":1.50, "a":[1e2,"\\u0000\\ud800 \u2028"], "b":2 }'
    expect(dataJsonOf(encodeEventLine({ ...event, dataJson }, null))).toBe(dataJson)
    expect(oneLineJson('{\r\n\t"a": "\\n"\n}')).toBe('{  \t"a": "\\n" }')
    expect(oneLineJson('"\ud800 \ud83d\ude00 \udc00"')).toBe('"\\ud800 \ud83d\ude00 \\udc00"')
  })
})

describe('reading lines', () => {
  const text = `[${encodeEventLine(event, null)}\n,${encodeEventLine(next, event)}\n`

  test('a segment from the start, the middle and the end, and a whole object', () => {
    for (const piece of [text, text.replace('[', ','), `${text}]`, `${text.replace('[', ',')}]`]) {
      expect(decodeEvents(piece, 41).map(({ seq, source, sourceSeq }) => [seq, source, sourceSeq])).toEqual([
        [41, 3, 12],
        [42, 3, 13],
      ])
    }
    expect(decodeEvents('[\n]', 1)).toEqual([])
    expect(decodeSnapshots('[\n]')).toEqual([])
  })

  test.each([
    ['', 'starts with'],
    ['{}', 'starts with'],
    ['[{"type":"a"', 'not JSON'],
    ['[null\n]', 'lacks type'],
    ['[{"type":"a","timestamp":1}\n]', 'lacks type, timestamp or data'],
    ['[{"type":"a","timestamp":1,"data":{},"receivedAtMs":1}\n]', 'without saying its source'],
    ['[{"type":"a","timestamp":1,"data":{},"source":1,"sourceSeq":1}\n]', 'receive time'],
  ])('refuses %j', (broken, why) => {
    expect(() => decodeEvents(broken, 1)).toThrow(why)
  })

  test('an error never quotes what was typed', () => {
    expect(() => decodeEvents('[{"data":"my secret', 1)).toThrow(expect.not.stringContaining('secret'))
    expect(() => decodeSnapshots('["my secret"\n]')).toThrow(expect.not.stringContaining('secret'))
  })
})

test('a reference to a snapshot is one only in a code_snapshot', () => {
  const data = { content: { $snapshot: 7 } }
  expect(snapshotSeqOf({ type: 'code_snapshot', data })).toBe(7)
  expect(snapshotSeqOf({ type: 'custom:x', data })).toBeNull()
  for (const other of [
    null,
    3,
    'text',
    {},
    { content: 'text' },
    { content: null },
    { content: { $snapshot: '7' } },
  ]) {
    expect(snapshotSeqOf({ type: 'code_snapshot', data: other })).toBeNull()
  }
})

// Any UTF-16, lone surrogates and NUL among it; often what lines are made of.
const anyText = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
      fc.constantFrom(
        '\0',
        '\ud800',
        '\udfff',
        '\u2028',
        '\n',
        '\r',
        '"',
        '\\',
        '[',
        ',',
        ']',
        ',"data":',
        '😀',
      ),
    ),
    { maxLength: 20 },
  )
  .map((units) => units.join(''))
const anyTime = fc.oneof(
  fc.integer({ min: 1_700_000_000_000, max: 1_800_000_000_000 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter((n) => !Object.is(n, -0)),
)
const anyJson = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    anyText,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(anyText, tie('value'), { maxKeys: 4 }),
  ),
})).value
const anyEvents = fc
  .array(
    fc.record({
      type: fc.oneof(fc.constant('code_edit'), anyText),
      timestampMs: anyTime,
      dataJson: anyJson.map((value) => JSON.stringify(value)),
      fileId: fc.option(anyText),
      checkpoint: fc.boolean(),
      source: fc.integer({ min: 0, max: 2 }),
      jump: fc.constantFrom(1, 1, 1, 1, 0, 5),
      receivedAtMs: fc.oneof(fc.constant(1_760_000_000_000), anyTime),
      rawTimestamp: fc.option(anyTime, { nil: undefined }),
      flags: fc.option(fc.constant<EventFlag[]>(['late']), { nil: undefined }),
      replaces: fc.option(fc.nat(), { nil: undefined }),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((drafts) => {
    let sourceSeq = 1
    return drafts.map(({ jump, rawTimestamp, flags, replaces, ...draft }, i): ArchivableEvent => {
      sourceSeq += jump
      const rare = {
        ...(rawTimestamp !== undefined && { rawTimestamp }),
        ...(flags && { flags }),
        ...(replaces !== undefined && { replaces, original: { source: 1, sourceSeq: replaces } }),
      }
      return { ...draft, ...rare, seq: i + 1, sourceSeq }
    })
  })

test('whatever goes in comes out, and each line is one line', () => {
  fc.assert(
    fc.property(anyEvents, fc.integer({ min: 1, max: 12 }), (events, segmentEvents) => {
      let text = ''
      const decoded = []
      for (let at = 0; at < events.length; at += segmentEvents) {
        const segment = events.slice(at, at + segmentEvents)
        const lines = segment.map((one, i) => encodeEventLine(one, i === 0 ? null : segment[i - 1]!))
        for (const line of lines) expect(line).not.toMatch(/[\n\r]/)
        const segmentText = lines.map((line, i) => `${at + i === 0 ? '[' : ','}${line}\n`).join('')
        // Through UTF-8, as a store would.
        text += new TextDecoder().decode(new TextEncoder().encode(segmentText))
        decoded.push(...decodeEvents(segmentText, at + 1))
        expect(lines.map(dataJsonOf)).toEqual(segment.map((one) => oneLineJson(one.dataJson)))
      }
      const expected = events.map(({ timestampMs, dataJson, ...rest }) => ({
        ...rest,
        timestamp: timestampMs,
        data: JSON.parse(dataJson),
      }))
      expect(decoded).toEqual(expected)
      expect(decodeEvents(`${text}]`, 1)).toEqual(expected)
    }),
    { numRuns: 500 },
  )
})

test('whatever snapshot goes in comes out', () => {
  const anySnapshot = fc.record<ArchivableSnapshot>({
    seq: fc.integer({ min: 1 }),
    fileId: anyText,
    fileName: anyText,
    language: fc.option(anyText),
    contentHash: fc.constant('ab'.repeat(32)),
    content: anyText,
    diffFromPrevious: anyJson as fc.Arbitrary<Json>,
    linesAdded: fc.nat(),
    linesDeleted: fc.nat(),
    timestampMs: anyTime,
  })
  fc.assert(
    fc.property(anySnapshot, (snapshot) => {
      const line = encodeSnapshotLine(snapshot)
      expect(line).not.toMatch(/[\n\r]/)
      expect(decodeSnapshots(`[${line}\n]`)).toEqual([snapshot])
    }),
  )
})
