import { useMemo } from 'react'
import type { AnnotationView } from '../../../../protocol/http/index.js'
import { MASK_CHAR } from '../../../../protocol/redaction.js'
import type { ReplayState } from '../../../../replay/index.js'
import { clock, counted } from '../../ui/format.js'
import { GrowingList } from '../../ui/growing-list.js'
import { Icon } from '../../ui/icon.js'
import { visibleText } from '../../ui/visible-text.js'
import { type Remark, remarksOf } from './remarks.js'
import type { Review } from './use-review.js'

const MAX_TEXT_CHARS = 4000

interface NotesPaneProps {
  state: ReplayState
  laterNotes: readonly AnnotationView[]
  redactions: Review['redactions']
  startMs: number
  empty: string
  onGo: (atMs: number) => void
}

/** Notes, signals and losses on one list; choosing one goes to its moment. */
export function NotesPane({ state, laterNotes, redactions, startMs, empty, onGo }: NotesPaneProps) {
  const { notes, signals, losses, divergences } = state
  const remarks = useMemo(
    () => remarksOf({ notes, signals, losses, divergences }, laterNotes),
    [notes, signals, losses, divergences, laterNotes],
  )
  return (
    <>
      {redactions.length > 0 && <Redactions redactions={redactions} />}
      {remarks.length === 0 && redactions.length === 0 && <p className="pane-empty">{empty}</p>}
      {remarks.length > 0 && (
        <GrowingList items={remarks} page={200} className="remarks" label="Notes, signals and losses">
          {(remark) => (
            <RemarkRow key={remark.key} remark={remark} startMs={startMs} onGo={() => onGo(remark.atMs)} />
          )}
        </GrowingList>
      )}
    </>
  )
}

/** What is not in the recording any more, and why: nobody has to wonder about what is masked. */
const Redactions = ({ redactions }: Pick<NotesPaneProps, 'redactions'>) => (
  <ul className="redactions" aria-label="Redactions">
    {redactions.map(({ id, placeCount, reason, author }) => (
      <li key={id}>
        Text was taken out in {counted(placeCount, 'place')}, where {MASK_CHAR} stands:{' '}
        <span className="theirs">{visibleText(reason, MAX_TEXT_CHARS)}</span>
        <span className="quiet theirs"> · {visibleText(author, 100)}</span>
      </li>
    ))}
  </ul>
)

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
