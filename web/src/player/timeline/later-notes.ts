import type { AnnotationView } from '../../../../protocol/http/index.js'
import type { Overview, OverviewMark } from '../../../../replay/index.js'
import { laterNoteTitle } from '../side/remarks.js'

/** An overview with a mark for each note that was written after the close: those are no events, so it can't know them. */
export function withLaterNotes(overview: Overview, notes: readonly AnnotationView[]): Overview {
  if (notes.length === 0) return overview
  const marks = [...overview.marks, ...notes.map(markOf)].sort((a, b) => a.atMs - b.atMs)
  return { ...overview, marks }
}

const markOf = (note: AnnotationView, index: number): OverviewMark => ({
  atMs: note.atMs,
  // No event has such a number, and no two notes share one.
  seq: -1 - index,
  lane: 'remarks',
  kind: 'note',
  label: note.text === null ? laterNoteTitle(note) : `${laterNoteTitle(note)}: ${note.text}`,
  isCheckpoint: false,
})
