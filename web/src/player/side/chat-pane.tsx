import { memo, useState } from 'react'
import type { ChatTurn } from '../../../../replay/index.js'
import { clock, count, took } from '../../ui/format.js'
import { GrowingList } from '../../ui/growing-list.js'
import { MaskedText } from '../../ui/masked-text.js'
import { visibleText } from '../../ui/visible-text.js'
import { type ChatSpan, chatBlocks } from './chat-text.js'
import { Rating } from './rating.js'
import { Unread } from './unread.js'
import { type Review, type Reviewing, unreadText } from './use-review.js'

/** A longer turn is folded; one press opens it. */
const FOLD_OVER_CHARS = 3000
/** More of a turn is not drawn; the recording has all of it. */
const MAX_SHOWN_CHARS = 100_000

const WHO = { user: 'Candidate', assistant: 'Assistant', system: 'System' } as const

interface ChatPaneProps {
  chat: readonly ChatTurn[]
  startMs: number
  empty: string
  review: Review & Partial<Reviewing>
}

export function ChatPane({ chat, startMs, empty, review }: ChatPaneProps) {
  if (chat.length === 0) return <p className="pane-empty">{empty}</p>
  const { ratings, rate, failure, readAgain } = review
  const unread = unreadText(review, 'ratings')
  return (
    <>
      {failure !== null && (
        <p className="review-failure" role="alert">
          {failure}
        </p>
      )}
      {unread !== null && <Unread text={unread} onRetry={readAgain} />}
      <GrowingList items={chat} page={40} className="chat" label="Chat turns">
        {(turn) => (
          <Turn
            key={turn.seq}
            turn={turn}
            startMs={startMs}
            quality={ratings.get(turn.seq) ?? turn.promptQuality}
            rate={rate}
          />
        )}
      </GrowingList>
    </>
  )
}

interface TurnProps {
  turn: ChatTurn
  startMs: number
  /** 1–5, as rated by a reviewer, or as it was sent. */
  quality: number | null
  rate: Reviewing['rate'] | undefined
}

const Turn = memo(function Turn({ turn, startMs, quality, rate }: TurnProps) {
  const folds = turn.content.length > FOLD_OVER_CHARS
  const [open, setOpen] = useState(false)
  const text = visibleText(
    folds && !open ? turn.content.slice(0, FOLD_OVER_CHARS) : turn.content,
    MAX_SHOWN_CHARS,
  )
  return (
    <article className="turn" data-role={turn.role}>
      <header>
        <span className="turn-who">{WHO[turn.role]}</span>
        <time className="tabular">{clock(turn.atMs - startMs)}</time>
        <TurnFacts turn={turn} />
        {turn.role === 'user' && (
          <Rating value={quality} {...(rate && { onRate: (value) => rate(turn.seq, value) })} />
        )}
      </header>
      {turn.failure !== undefined && (
        <p className="turn-failure theirs">
          No whole answer: <MaskedText text={visibleText(turn.failure, 500)} />
        </p>
      )}
      <div className="turn-text theirs" data-folded={folds && !open}>
        {chatBlocks(text).map((block, i) =>
          block.kind === 'code' ? (
            // biome-ignore lint/suspicious/noArrayIndexKey: blocks have no identity but their place
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
            <pre key={i} tabIndex={0}>
              <MaskedText text={block.text} />
            </pre>
          ) : (
            // biome-ignore lint/suspicious/noArrayIndexKey: as above
            <p key={i}>
              {block.spans.map(({ kind, text }, j) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: as above
                <Span key={j} kind={kind} text={text} />
              ))}
            </p>
          ),
        )}
      </div>
      {folds && (
        <button type="button" className="button" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? 'Fold' : `Show all ${count(turn.content.length)} characters`}
        </button>
      )}
    </article>
  )
})

function Span({ kind, text }: ChatSpan) {
  const shown = <MaskedText text={text} />
  if (kind === 'code') return <code>{shown}</code>
  return kind === 'strong' ? <strong>{shown}</strong> : shown
}

function TurnFacts({ turn }: { turn: ChatTurn }) {
  const facts = [
    turn.latencyMs !== null && took(turn.latencyMs),
    turn.outputTokens !== null && `${count(turn.outputTokens)} tokens out`,
    turn.inputTokens !== null && `${count(turn.inputTokens)} in`,
    turn.model !== null && visibleText(turn.model, 100),
  ].filter(Boolean)
  return (
    <span className="turn-facts tabular one-line theirs" title={facts.join(' · ')}>
      {facts.join(' · ')}
    </span>
  )
}
