import { expect, test } from 'vitest'
import { readQuestion } from './question.js'

test.each([
  ['Two Sum', { title: 'Two Sum', language: null }],
  [
    { title: 'Two Sum', language: 'go' },
    { title: 'Two Sum', language: 'go' },
  ],
  [
    { questionTitle: 'Two Sum', title: '' },
    { title: 'Two Sum', language: null },
  ],
  [{ title: { html: '<b>' } }, { title: null, language: null }],
  [null, { title: null, language: null }],
  [7, { title: null, language: null }],
])('%j', (question, read) => {
  expect(readQuestion(question)).toEqual(read)
})
