import { useMemo } from 'react'
import type { AnnotationView } from '../../../../protocol/http/index.js'
import type { ReplayState } from '../../../../replay/index.js'
import { clock } from '../../ui/format.js'
import { GrowingList } from '../../ui/growing-list.js'
import { Icon } from '../../ui/icon.js'
import { visibleText } from '../../ui/visible-text.js'
import { type Remark, remarksOf } from './remarks.js'

const MAX_TEXT_CHARS = 4000

interface NotesPaneProps {
  state: ReplayState
  laterNotes: readonly AnnotationView[]
  startMs: number
  empty: string
  onGo: (atMs: number) => void
}

/** Notes, signals and losses on one list; choosing one goes to its moment. */
export function NotesPane({ state, laterNotes, startMs, empty, onGo }: NotesPaneProps) {
  const { notes, signals, losses, divergences } = state
  const remarks = useMemo(
    () => remarksOf({ notes, signals, losses, divergences }, laterNotes),
    [notes, signals, losses, divergences, laterNotes],
  )
  if (remarks.length === 0) return <p className="pane-empty">{empty}</p>
  return (
    <GrowingList items={remarks} page={200} className="remarks" label="Notes, signals and losses">
      {(remark) => (
        <RemarkRow key={remark.key} remark={remark} startMs={startMs} onGo={() => onGo(remark.atMs)} />
      )}
    </GrowingList>
  )
}

function RemarkRow({ remark, startMs, onGo }: { remark: Remark; startMs: number; onGo: () => void }) {
  return (
    <button type="button" className="remark" data-tone={remark.tone} title="Go to this moment" onClick={onGo}>
      <time className="quiet tabular">{clock(remark.atMs - startMs)}</time>
      <span>
        <span className="remark-title">
          {remark.tone !== 'note' && <Icon name="signal" />}
          {remark.title}
          {remark.author !== null && (
            <span className="quiet theirs"> · {visibleText(remark.author, 100)}</span>
          )}
        </span>
        {remark.text !== null && (
          <span className="remark-text theirs">{visibleText(remark.text, MAX_TEXT_CHARS)}</span>
        )}
      </span>
    </button>
  )
}
