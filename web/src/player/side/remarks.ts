import type { AnnotationView } from '../../../../protocol/http/index.js'
import type { Divergence, Loss, Note, ReplayState, Signal } from '../../../../replay/index.js'
import { count, counted } from '../../ui/format.js'

/** One line of the Notes pane: what somebody said, a signal, or a place where the recording is not whole. */
export interface Remark {
  key: string
  atMs: number
  tone: 'note' | 'signal' | 'failure'
  title: string
  /** In the words of a person, or of the candidate's tab; null where the title says all. */
  text: string | null
  author: string | null
}

/** Everything worth remarking, in the order of time. */
export function remarksOf(
  state: Pick<ReplayState, 'notes' | 'signals' | 'losses' | 'divergences'>,
  laterNotes: readonly AnnotationView[],
): Remark[] {
  return [
    ...state.notes.map(fromNote),
    ...state.signals.map(fromSignal),
    ...state.losses.map(fromLoss),
    ...state.divergences.map(fromDivergence),
    ...laterNotes.map(fromLaterNote),
  ].sort((a, b) => a.atMs - b.atMs)
}

const NOTES: Record<Note['kind'], string> = {
  proctor_note: 'Note',
  proctor_flag: 'Flag',
  proctor_message: 'Message to the candidate',
  time_extended: 'Time extended',
}

const fromNote = (note: Note): Remark => ({
  key: `note ${note.seq}`,
  atMs: note.aboutMs,
  tone: note.kind === 'proctor_flag' ? 'signal' : 'note',
  title: NOTES[note.kind],
  text: note.text === '' ? null : note.text,
  author: note.author,
})

export const laterNoteTitle = ({ kind }: Pick<AnnotationView, 'kind'>): string =>
  kind === 'flag' ? 'Flag, added later' : 'Note, added later'

/** Written after the close: about a moment of the recording, but no event of it. */
const fromLaterNote = (note: AnnotationView): Remark => ({
  key: `annotation ${note.id}`,
  atMs: note.atMs,
  tone: note.kind === 'flag' ? 'signal' : 'note',
  title: laterNoteTitle(note),
  text: note.text,
  author: note.author,
})

const SIGNALS: Record<Signal['kind'], string> = {
  tab_hidden: 'Tab hidden',
  tab_visible: 'Tab visible again',
  window_blur: 'Window left',
  window_focus: 'Window entered again',
  paste: 'Pasted',
  copy: 'Copied',
  fullscreen_exit: 'Left full screen',
  connection_lost: 'Connection lost',
  connection_restored: 'Connection restored',
  second_tab: 'A second tab opened',
}
const BACK_TO_NORMAL: ReadonlySet<string> = new Set([
  'tab_visible',
  'window_focus',
  'connection_restored',
  'copy',
])

const fromSignal = (signal: Signal): Remark => ({
  key: `signal ${signal.seq}`,
  atMs: signal.atMs,
  tone: BACK_TO_NORMAL.has(signal.kind) ? 'note' : 'signal',
  title:
    signal.lengthChars === null
      ? SIGNALS[signal.kind]
      : `${SIGNALS[signal.kind]} ${counted(signal.lengthChars, 'character')}`,
  text: signal.path,
  author: null,
})

const LOSSES: Record<Loss['kind'], string> = {
  rejected: 'An event was refused',
  quarantined: 'An event was set aside',
  gap: 'Events are missing',
}

function fromLoss(loss: Loss): Remark {
  const { code, claimedType, sizeBytes, fromSeq, toSeq } = loss.data
  const facts =
    loss.kind === 'gap'
      ? [`source ${String(loss.data.source)}: ${String(fromSeq)} to ${String(toSeq)}`]
      : [claimedType, code, typeof sizeBytes === 'number' && `${count(sizeBytes)} bytes`]
  return {
    key: `loss ${loss.seq}`,
    atMs: loss.atMs,
    tone: 'failure',
    title: LOSSES[loss.kind],
    text: facts.filter((fact) => typeof fact === 'string' && fact !== '').join(' · '),
    author: null,
  }
}

const DIVERGENCES: Record<Divergence['kind'], string> = {
  snapshot_differs: 'A saved file was not what its edits led to; the saved one is shown',
  edit_out_of_range: 'An edit reached beyond the end of its file; it was cut to fit',
  part_missing: 'Pieces of a long event are missing; it was left out',
  unreadable: 'An event could not be read; it was left out',
}

const fromDivergence = (divergence: Divergence): Remark => ({
  key: `divergence ${divergence.seq} ${divergence.kind}`,
  atMs: divergence.atMs,
  tone: 'failure',
  title: DIVERGENCES[divergence.kind],
  text: divergence.path,
  author: null,
})
