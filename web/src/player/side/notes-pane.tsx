import { useMemo } from 'react'
import { MASK_CHAR } from '../../../../protocol/redaction.js'
import type { ReplayState } from '../../../../replay/index.js'
import { MAX_REDACTIONS } from '../../data/api.js'
import { clock, count, counted } from '../../ui/format.js'
import { GrowingList } from '../../ui/growing-list.js'
import { Icon } from '../../ui/icon.js'
import { MaskedText } from '../../ui/masked-text.js'
import { visibleText } from '../../ui/visible-text.js'
import { type Remark, remarksOf } from './remarks.js'
import { Unread } from './unread.js'
import { type Review, type Reviewing, unreadText } from './use-review.js'

const MAX_TEXT_CHARS = 4000

interface NotesPaneProps {
  state: ReplayState
  review: Review & Partial<Reviewing>
  startMs: number
  empty: string
  onGo: (atMs: number) => void
}

/** Notes, signals and losses on one list; choosing one goes to its moment. */
export function NotesPane({ state, review, startMs, empty, onGo }: NotesPaneProps) {
  const { laterNotes, redactions, reads } = review
  const { notes, signals, losses, divergences } = state
  const remarks = useMemo(
    () => remarksOf({ notes, signals, losses, divergences }, laterNotes),
    [notes, signals, losses, divergences, laterNotes],
  )
  const unread = unreadText(review, 'notes')
  const isReading = reads.annotations === 'reading' || reads.redactions === 'reading'
  const isBare = remarks.length === 0 && redactions.length === 0
  return (
    <>
      {unread !== null && <Unread text={unread} onRetry={review.readAgain} />}
      {redactions.length > 0 && <Redactions redactions={redactions} />}
      {isBare && unread === null && <p className="pane-empty">{isReading ? 'Loading…' : empty}</p>}
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
const Redactions = ({ redactions }: Pick<Review, 'redactions'>) => (
  <ul
    className="redactions"
    aria-label="Redactions"
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    tabIndex={0}
  >
    {redactions.slice(0, MAX_REDACTIONS).map(({ id, placeCount, reason, author }) => (
      <li key={id}>
        Text was taken out in {counted(placeCount, 'place')}, where {MASK_CHAR} stands:{' '}
        <span className="theirs">{visibleText(reason, MAX_TEXT_CHARS)}</span>
        <span className="quiet theirs"> · {visibleText(author, 100)}</span>
      </li>
    ))}
    {redactions.length > MAX_REDACTIONS && (
      <li className="quiet">There are more; the first {count(MAX_REDACTIONS)} are shown.</li>
    )}
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
          <span className="remark-text theirs">
            <MaskedText text={visibleText(remark.text, MAX_TEXT_CHARS)} />
          </span>
        )}
      </span>
    </button>
  )
}
