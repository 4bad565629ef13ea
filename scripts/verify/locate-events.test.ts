import { expect, test } from 'vitest'
import { MARK_BYTES } from '../../db/integrity/chain.js'
import { locateEvents } from './locate-events.js'

const marksOf = (letters: string): Buffer => {
  const marks = Buffer.alloc(letters.length * MARK_BYTES)
  for (const [i, letter] of [...letters].entries()) marks.writeUInt16BE(letter.charCodeAt(0), i * MARK_BYTES)
  return marks
}
/** Links over events that are letters; of what was found each letter may say its seq. */
function told(expected: string[], found: string[], seqs?: number[]): string[] {
  let [firstSeq, foundSeq] = [1, 1]
  const faults = expected.map((letters, i) => {
    const there = found[i] ?? ''
    const foundSeqs = [...there].map((_, at) => seqs?.[foundSeq - 1 + at] ?? foundSeq + at)
    const place = { firstSeq, lastSeq: firstSeq + letters.length - 1 }
    firstSeq += letters.length
    foundSeq += there.length
    return {
      kind: 'rows' as const,
      ...place,
      expected: marksOf(letters),
      found: marksOf(there),
      foundSeqs,
    }
  })
  return locateEvents(faults).map(({ text }) => text)
}

test.each([
  ['one that was changed', ['abcdef'], ['abXdef'], undefined, ['Event 3 was changed.']],
  ['two', ['abcdef'], ['XbcdYf'], undefined, ['Event 1 was changed.', 'Event 5 was changed.']],
  ['a row that is gone', ['abcdef'], ['abdef'], [1, 2, 4, 5, 6], ['Event 3 was removed.']],
  [
    'a line that is gone, behind which all seqs shift',
    ['abc', 'def'],
    ['abd', 'ef'],
    undefined,
    ['Event 3 was removed.'],
  ],
  ['a line too much', ['abc', 'def'], ['abX', 'cdef'], undefined, ['Event 3 was added.']],
])('[R15] %s is named', (_what, expected, found, seqs, texts) => {
  expect(told(expected, found, seqs)).toEqual(texts)
})

test('two that changed places are told as moved', () => {
  expect(told(['abcdef'], ['aecdbf'])).toEqual([
    'Event 2 stands in the place of event 5.',
    'Event 5 stands in the place of event 2.',
  ])
})

test('where every event is as it was, what lies beside them was changed', () => {
  expect(told(['abc'], ['abc'])).toEqual([
    'Something of events 1–3, of the snapshots they brought, or of their link was changed.',
  ])
})
