import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeEventLine, type EventLine, encodeEventLine } from './event-line.js'

/** Any UTF-16 a browser can send: NULs, tabs, line separators and halves of pairs included. */
const anyText = fc
  .array(fc.oneof(fc.nat(0xffff), fc.constantFrom(0, 9, 10, 13, 0x2028, 0x2029, 0xd83d, 0xde00, 0x5c, 0x22)))
  .map((units) => String.fromCharCode(...units))

const anyLine: fc.Arbitrary<EventLine> = fc.record({
  type: fc.constantFrom('terminal_stream', 'code_edit', 'custom:a.b:c-d_9'),
  timestampMs: fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 }),
  checkpoint: fc.boolean(),
  fileId: fc.option(anyText),
  meta: fc.option(
    fc.record(
      {
        rawTimestamp: fc.double({ noNaN: true, noDefaultInfinity: true }).filter((n) => !Object.is(n, -0)),
        flags: fc.constant(['clock_far' as const]),
        fileId: anyText,
      },
      { requiredKeys: [] },
    ),
  ),
  dataJson: fc.oneof(anyText, fc.jsonValue(), fc.constant(null)).map((data) => JSON.stringify(data)),
})

test('[R8] whatever a browser can type comes out of a line as it went in', () => {
  fc.assert(
    fc.property(anyLine, (line) => {
      expect(decodeEventLine(encodeEventLine(line))).toEqual(line)
    }),
  )
})

test('a line has no line break and only the five tabs that part its fields, whatever the texts hold', () => {
  fc.assert(
    fc.property(anyLine, (line) => {
      const text = encodeEventLine(line)
      expect(text).not.toMatch(/[\n\r\0]/)
      expect(text.split('\t')).toHaveLength(6)
      // Lone surrogates would be lost on the way through Redis, which holds UTF-8.
      expect(text.isWellFormed()).toBe(true)
    }),
  )
})

test('batches of lines are cut apart where they were joined', () => {
  fc.assert(
    fc.property(fc.array(anyLine, { minLength: 1, maxLength: 5 }), (lines) => {
      const joined = lines.map(encodeEventLine).join('\n')
      expect(joined.split('\n').map(decodeEventLine)).toEqual(lines)
    }),
  )
})

test('an empty fileId and none are told apart', () => {
  const line: EventLine = {
    type: 'cursor',
    timestampMs: 1,
    checkpoint: false,
    fileId: '',
    meta: null,
    dataJson: '{}',
  }
  expect(decodeEventLine(encodeEventLine(line)).fileId).toBe('')
  expect(decodeEventLine(encodeEventLine({ ...line, fileId: null })).fileId).toBeNull()
})

test.each(['', 'cursor', 'cursor\t1\t0\t\t', '\t1\t0\t\t\t{}'])('a broken line %j is refused', (broken) => {
  expect(() => decodeEventLine(broken)).toThrow('six fields')
})
