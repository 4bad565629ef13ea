import { memo, type RefObject, useEffect, useRef, useState } from 'react'
import { type FindHit, type FindKind, type FindPlace, matcherOf } from '../../../../replay/index.js'
import { clock, count, counted } from '../../ui/format.js'
import { Icon } from '../../ui/icon.js'
import { MaskedText } from '../../ui/masked-text.js'
import { visibleText } from '../../ui/visible-text.js'
import type { Find } from './use-find.js'
import './find.css'

const PAGE_HITS = 200

const KINDS: [FindKind, string][] = [
  ['failed-tests', 'Failed tests'],
  ['long-pastes', 'Pastes over 80 characters'],
  ['tab-away', 'Tab away'],
  ['ai-turns', 'AI turns'],
  ['notes', 'Notes'],
]

const PLACES: Record<FindPlace, string> = {
  code: 'Code',
  terminal: 'Terminal',
  chat: 'Chat',
  tests: 'Tests',
  notes: 'Notes',
  signals: 'Signal',
}

interface FindPaneProps {
  find: Find
  startMs: number
  input: RefObject<HTMLInputElement | null>
}

/** What to look for, and the moments at which it is there. */
export function FindPane({ find, startMs, input }: FindPaneProps) {
  const { text, kinds, setText, toggleKind, go } = find
  return (
    <div className="find">
      <search className="find-query">
        <div className="find-line">
          <input
            ref={input}
            className="field find-text"
            type="search"
            placeholder="Find in code, terminal, chat, tests"
            aria-label="Find in code, terminal, chat and tests"
            value={text}
            maxLength={200}
            spellCheck={false}
            onChange={(change) => setText(change.target.value)}
            onKeyDown={(key) => {
              if (key.key === 'Enter') go(key.shiftKey ? -1 : 1)
              else if (key.key === 'Escape') key.currentTarget.blur()
            }}
          />
          <button type="button" className="button" onClick={() => go(-1)} title="Previous hit (Shift+Enter)">
            <Icon name="up" />
            <span className="visually-hidden">Previous hit</span>
          </button>
          <button type="button" className="button" onClick={() => go(1)} title="Next hit (Enter)">
            <Icon name="down" />
            <span className="visually-hidden">Next hit</span>
          </button>
        </div>
        <fieldset className="find-kinds" aria-label="Only">
          {KINDS.map(([kind, label]) => (
            <button
              key={kind}
              type="button"
              className="chip find-kind"
              aria-pressed={kinds.includes(kind)}
              onClick={() => toggleKind(kind)}
            >
              {label}
            </button>
          ))}
        </fieldset>
      </search>
      <Findings find={find} startMs={startMs} />
    </div>
  )
}

function Findings({ find, startMs }: Omit<FindPaneProps, 'input'>) {
  const { progress, failure, chosen, choose, text, kinds } = find
  const [shownCount, setShownCount] = useState(PAGE_HITS)
  const hits = progress?.hits ?? []
  const chosenIndex = hits.findIndex((hit) => hit.seq === chosen?.seq && hit.title === chosen.title)
  const drawn = Math.max(shownCount, chosenIndex + 1)
  if (text === '' && kinds.length === 0)
    return (
      <p className="pane-empty">
        Type a text, or choose what to list. Code is found at the moments it appears in a file.
      </p>
    )
  return (
    <>
      <p className="find-count tabular" role="status">
        {failure !== null ? (
          <span className="failure">The search ended early: {failure}</span>
        ) : progress === null ? (
          'Looking…'
        ) : (
          <>
            {chosenIndex >= 0 && `${count(chosenIndex + 1)} of `}
            {progress.isFull
              ? `the first ${count(hits.length)} hits, up to ${clock(progress.untilMs - startMs)}; a longer text finds fewer`
              : counted(hits.length, 'hit')}
            {!progress.isDone && `, looking at ${clock(progress.untilMs - startMs)}…`}
          </>
        )}
      </p>
      {progress?.isDone && hits.length === 0 && (
        <p className="pane-empty">
          {text === ''
            ? 'There is nothing of this kind in the recording.'
            : matcherOf(text).ignoreCase
              ? 'A part of a word is enough, and capitals do not matter.'
              : 'A part of a word is enough. A text with capitals is found only as it is written; one in small letters is found in any case.'}
        </p>
      )}
      <ol className="scroller find-hits" aria-label="Hits" hidden={hits.length === 0}>
        {hits.slice(0, drawn).map((hit, i) => (
          <Hit
            // biome-ignore lint/suspicious/noArrayIndexKey: one event may bring a text into several files
            key={i}
            hit={hit}
            startMs={startMs}
            isChosen={i === chosenIndex}
            onChoose={choose}
          />
        ))}
        {hits.length > drawn && (
          <li>
            <button type="button" className="button" onClick={() => setShownCount(drawn + PAGE_HITS)}>
              Show more ({count(hits.length - drawn)})
            </button>
          </li>
        )}
      </ol>
    </>
  )
}

interface HitProps {
  hit: FindHit
  startMs: number
  isChosen: boolean
  onChoose: (hit: FindHit) => void
}

const Hit = memo(function Hit({ hit, startMs, isChosen, onChoose }: HitProps) {
  const row = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (isChosen) row.current?.scrollIntoView({ block: 'nearest' })
  }, [isChosen])
  const { before, match, after } = hit.excerpt
  return (
    <li>
      <button
        type="button"
        className="find-hit"
        ref={row}
        aria-current={isChosen}
        onClick={() => onChoose(hit)}
      >
        <time className="quiet tabular">{clock(hit.atMs - startMs)}</time>
        <span className="find-what">
          <span className="find-where">
            <span className="find-place">{PLACES[hit.place]}</span>
            {hit.title !== PLACES[hit.place] && (
              <span className="theirs one-line">
                <MaskedText text={visibleText(hit.title, 200)} />
              </span>
            )}
          </span>
          {before + match + after !== '' && (
            <span className="find-excerpt theirs">
              <MaskedText text={visibleText(before, 200)} />
              {match !== '' && (
                <mark>
                  <MaskedText text={visibleText(match, 200)} />
                </mark>
              )}
              <MaskedText text={visibleText(after, 200)} />
            </span>
          )}
        </span>
      </button>
    </li>
  )
})
