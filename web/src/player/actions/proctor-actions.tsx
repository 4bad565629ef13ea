import { useRef, useState } from 'react'
import type { Watcher } from '../../../../client-sdk/src/index.js'
import type { NewNote } from '../../data/api.js'
import { count } from '../../ui/format.js'
import { Icon } from '../../ui/icon.js'
import { useKeys } from '../../ui/use-keys.js'
import { oneLine } from '../../ui/visible-text.js'
import { ActionDialog } from './action-dialog.js'
import { type SentTime, timeToSend, useDraft } from './drafts.js'
import { NoteDialog } from './note-dialog.js'
import { TextField } from './text-field.js'
import './actions.css'

export type ProctorVerbs = Pick<Watcher, 'message' | 'extend' | 'end'>

interface ProctorActionsProps {
  /** The interview is over: what was recorded can be noted on, and nothing else be done. */
  closed: boolean
  /** Asked for when something is to be done; null before there is a connection, and when the interview is over. */
  verbs: () => ProctorVerbs | null
  annotate: (note: NewNote) => Promise<unknown>
  onNoted: () => void
  candidateId: string
  /** Under which what is being written is kept: whose it is, and about which session. */
  draftKey: string
  /** Of the first event, epoch ms; 0 before there is one. */
  startMs: number
  /** The moment that a note is about, epoch ms; null: now. */
  atMs: number | null
  /** The service's time, epoch ms. */
  serverNowMs: () => number
}

type Action = 'note' | 'message' | 'extend' | 'end'

/**
 * What a proctor can do to an interview: each is asked for again before it is done, and is in the recording. A dialog that is
 * open when the interview ends stays, with what was written in it.
 */
export function ProctorActions(props: ProctorActionsProps) {
  const { closed, verbs, annotate, onNoted, candidateId, draftKey, startMs, atMs, serverNowMs } = props
  const [action, setAction] = useState<Action | null>(null)
  const [noted, setNoted] = useState<{ atMs: number | null; begunAtMs: number }>({ atMs: null, begunAtMs: 0 })
  const [said, setSaid] = useState('')
  const open = (next: Action) => () => {
    setSaid('')
    // What is played goes on while somebody writes.
    setNoted({ atMs: atMs === null ? null : Math.round(atMs), begunAtMs: Math.round(serverNowMs()) })
    setAction(next)
  }
  useKeys([['n', open('note')]])
  const shared: SharedProps = {
    candidateId,
    verbs: () => {
      const found = verbs()
      if (found === null)
        throw Object.assign(new Error(), { code: closed ? 'SESSION_CLOSED' : 'UNREACHABLE' })
      return found
    },
    onClose: () => setAction(null),
  }
  return (
    <div className="proctor-actions">
      <span className="action-said" role="status">
        {said !== '' && <Icon name="check" />}
        {said}
      </span>
      <button
        type="button"
        className="button button-outlined"
        onClick={open('note')}
        title="Write a note at this moment (N)"
      >
        <Icon name="pencil" />
        <span className="action-name">Note</span>
      </button>
      {!closed && (
        <>
          <button type="button" className="button button-outlined" onClick={open('message')}>
            <span>Message</span>
          </button>
          <button type="button" className="button button-outlined" onClick={open('extend')}>
            <Icon name="clock" />
            <span className="action-name">More time</span>
          </button>
          <button type="button" className="button button-outlined" onClick={open('end')}>
            <span>End</span>
          </button>
        </>
      )}
      {action === 'note' && (
        <NoteDialog
          draftKey={draftKey}
          annotate={annotate}
          {...noted}
          startMs={startMs}
          closed={closed}
          onClose={shared.onClose}
          onDone={(done) => {
            setSaid(done)
            onNoted()
          }}
        />
      )}
      {action === 'message' && <MessageDialog {...shared} draftKey={draftKey} onDone={setSaid} />}
      {action === 'extend' && <ExtendDialog {...shared} onDone={setSaid} />}
      {action === 'end' && <EndDialog {...shared} onDone={setSaid} />}
    </div>
  )
}

interface SharedProps {
  candidateId: string
  /** Throws UNREACHABLE. */
  verbs: () => ProctorVerbs
  onClose: () => void
}
type DialogProps = SharedProps & { onDone: (said: string) => void }

function MessageDialog({
  verbs,
  candidateId,
  draftKey,
  onDone,
  onClose,
}: DialogProps & { draftKey: string }) {
  const { draft, change, send, drop } = useDraft(`message/${draftKey}`)
  const { text } = draft
  return (
    <ActionDialog
      title="Message to the candidate"
      verb="Send"
      canAct={text.trim() !== ''}
      act={() => {
        const sent = send()
        return verbs().message(sent.text, { id: sent.id })
      }}
      onDone={() => onDone('Message sent')}
      onClose={() => {
        drop()
        onClose()
      }}
    >
      <p>
        <span className="theirs">{oneLine(candidateId)}</span> sees it at once, or when they are back online,
        with your name. It is in the recording.
      </p>
      <TextField label="Message" value={text} onChange={(next) => change({ text: next })} />
    </ActionDialog>
  )
}

const MAX_MINUTES = 24 * 60

function ExtendDialog({ verbs, onDone, onClose }: DialogProps) {
  const [minutes, setMinutes] = useState('15')
  const sent = useRef<SentTime | null>(null)
  const chosen = Number(minutes)
  const isGood = Number.isInteger(chosen) && chosen >= 1 && chosen <= MAX_MINUTES
  return (
    <ActionDialog
      title="More time"
      verb={isGood ? `Give ${count(chosen)} min` : 'Give time'}
      canAct={isGood}
      act={() => {
        sent.current = timeToSend(sent.current, chosen * 60)
        const { id, bySec } = sent.current
        return verbs().extend(bySec, { id })
      }}
      onDone={() => onDone(`${count(chosen)} min given`)}
      onClose={onClose}
    >
      <p>
        The candidate’s clock and everybody’s here change at once; that of a candidate who is offline, when
        they are back. It is in the recording and can’t be taken back.
      </p>
      <label className="action-field">
        Minutes
        <input
          className="field"
          type="number"
          min={1}
          max={MAX_MINUTES}
          value={minutes}
          onChange={({ target }) => setMinutes(target.value)}
        />
      </label>
    </ActionDialog>
  )
}

function EndDialog({ verbs, candidateId, onDone, onClose }: DialogProps) {
  return (
    <ActionDialog
      title="End this interview?"
      verb="End the interview"
      isGrave
      canAct
      act={() => verbs().end()}
      onDone={() => onDone('Ended')}
      onClose={onClose}
    >
      <p>
        <span className="theirs">{oneLine(candidateId)}</span> is told at once and can go on no more. What was
        recorded is kept. This can’t be undone.
      </p>
    </ActionDialog>
  )
}
