import { expect, test } from 'vitest'
import { asEntries } from './stored-chunks.js'

const entry = (seq: number, json: string, mapped = true) => ({ seq, json, timestampMs: seq, mapped })

test('[R2] entries come in the order of their seqs; of one that was written again the last counts, but for a time that is final', () => {
  const chunks = [
    { entries: [entry(1, 'first', false), entry(2, 'b')] },
    { entries: [entry(4, 'd'), entry(1, 'first, with its final time')] },
    { entries: [entry(3, 'c'), entry(1, 'of earlier, without it', false)] },
  ]
  expect(asEntries(chunks).map(({ json }) => json)).toEqual(['first, with its final time', 'b', 'c', 'd'])
})
