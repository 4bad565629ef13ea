import { expect, test } from 'vitest'
import type { RecordedEvent } from '../../../../protocol/events.js'
import type { AnnotationView } from '../../../../protocol/http/index.js'
import { overviewOf } from '../../../../replay/index.js'
import { withLaterNotes } from './later-notes.js'

const overview = overviewOf(
  [1000, 5000].map(
    (timestamp) =>
      ({ type: 'tab_hidden', timestamp, data: {}, seq: timestamp, source: 1 }) as unknown as RecordedEvent,
  ),
)
const note = (kind: 'note' | 'flag', atMs: number, text: string) =>
  ({ id: atMs, kind, atMs, text, author: 'Pia' }) as unknown as AnnotationView

test('notes of after the close stand among the marks, in the order of time', () => {
  const { marks } = withLaterNotes(overview, [note('note', 3000, 'Calm'), note('flag', 3000, 'Ask')])
  expect(marks.map(({ atMs, label }) => [atMs, label])).toEqual([
    [1000, 'Tab hidden'],
    [3000, 'Note, added later: Calm'],
    [3000, 'Flag, added later: Ask'],
    [5000, 'Tab hidden'],
  ])
  expect(new Set(marks.map(({ seq }) => seq)).size).toBe(4)
})

test('without any, the overview is the one that was there', () => {
  expect(withLaterNotes(overview, [])).toBe(overview)
})
