import type { NewNote } from '../../data/api.js'
import { clock, timeOfDay } from '../../ui/format.js'
import { ActionDialog } from './action-dialog.js'
import { momentOf, useDraft } from './drafts.js'
import { TextField } from './text-field.js'

interface NoteDialogProps {
  draftKey: string
  annotate: (note: NewNote) => Promise<unknown>
  closed: boolean
  /** The moment that it is about, epoch ms; null: now. What was begun before is about the moment of then. */
  atMs: number | null
  /** When this was opened, epoch ms, the service's time. */
  begunAtMs: number
  /** Of the first event, epoch ms; 0 before there is one. */
  startMs: number
  onDone: (said: string) => void
  onClose: () => void
}

/** A remark about a moment. What is being written outlives the page, until it is sent or discarded. */
export function NoteDialog(props: NoteDialogProps) {
  const { draftKey, annotate, closed, startMs, onDone, onClose } = props
  const { draft, isFound, change, send, drop } = useDraft(`note/${draftKey}`, {
    kind: 'note',
    atMs: props.atMs,
    begunAtMs: props.begunAtMs,
  })
  const { text, kind = 'note' } = draft
  const atMs = momentOf(draft, isFound || closed)
  return (
    <ActionDialog
      title="Note for everybody who watches or reviews"
      verb={kind === 'note' ? 'Add note' : 'Add flag'}
      canAct={text.trim() !== ''}
      act={() => {
        const sent = send()
        return annotate({ id: sent.id, kind, text: sent.text, ...(atMs !== null && { atMs }) })
      }}
      onDone={() => onDone(kind === 'note' ? 'Note added' : 'Flag added')}
      onClose={() => {
        drop()
        onClose()
      }}
    >
      <p>
        It stands {closed ? 'beside' : 'in'} the recording, at{' '}
        {atMs === null ? 'this moment' : startMs === 0 ? timeOfDay(atMs) : clock(atMs - startMs)}. The
        candidate does not see it.
        {isFound && ' What you had begun is here again.'}
      </p>
      <fieldset className="action-kinds">
        <legend className="visually-hidden">Kind</legend>
        {(['note', 'flag'] as const).map((each) => (
          <label key={each}>
            <input type="radio" name="kind" checked={kind === each} onChange={() => change({ kind: each })} />
            {each === 'note' ? 'Note' : 'Flag: somebody should look at this'}
          </label>
        ))}
      </fieldset>
      <TextField label="Text" value={text} onChange={(next) => change({ text: next })} />
    </ActionDialog>
  )
}
