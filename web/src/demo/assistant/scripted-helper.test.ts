import { expect, test } from 'vitest'
import { piecesOf, scriptedAnswer } from './scripted-helper.js'

test.each([
  ['How do I merge meetings that overlap?', 'mergeMeetings'],
  ['is this fast enough?', 'O(n log n)'],
  ['Which edge cases am I missing', 'leaves its arguments alone'],
  ['how should I start', 'pointer'],
  ['zzz', 'did not find a word'],
])('%s', (question, words) => {
  const answer = scriptedAnswer(question)
  expect(answer).toContain(words)
  expect(answer).toMatch(/^\(Scripted answer\.\)/)
  expect(piecesOf(answer).join('')).toBe(answer)
})
