import { expect, test } from 'vitest'
import type { SessionPreview } from '../../../../protocol/socket-events.js'
import { noCodeWords, noCommandWords } from './empty-words.js'

const EMPTY: SessionPreview = { sessionId: 's', seq: 7, code: null, command: null, tests: null }

test('a card says why it shows nothing', () => {
  const said = (eventCount: number, preview: SessionPreview | null) => [
    noCodeWords(eventCount, preview),
    noCommandWords(preview),
  ]
  expect(said(0, null)).toEqual(['Nothing yet', ''])
  expect(said(7, null)).toEqual(['Loading…', ''])
  expect(said(7, EMPTY)).toEqual(['No file is open', 'No command yet'])
  expect(said(7, { ...EMPTY, isTooLarge: true })).toEqual(['Too large to be shown here', ''])
})
