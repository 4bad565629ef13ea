import { type KeyboardEvent, memo, type RefObject } from 'react'
import type { ReplayState } from '../../../../replay/index.js'
import { count } from '../../ui/format.js'
import { FindPane } from '../find/find-pane.js'
import type { Find } from '../find/use-find.js'
import { ChatPane } from './chat-pane.js'
import { NotesPane } from './notes-pane.js'
import { TestsPane } from './tests-pane.js'
import type { Review, Reviewing } from './use-review.js'
import './side.css'

export const SIDE_TABS = ['chat', 'tests', 'notes', 'find'] as const
export type SideTab = (typeof SIDE_TABS)[number]
const NAMES: Record<SideTab, string> = { chat: 'Chat', tests: 'Tests', notes: 'Notes', find: 'Find' }

interface SidePaneProps {
  tab: SideTab
  onTab: (tab: SideTab) => void
  state: ReplayState
  startMs: number
  live: boolean
  /** What to say instead, where nothing was loaded yet; null where what is empty is so. */
  unloaded: string | null
  /** The playhead stands before the end. */
  isPast: boolean
  /** Rated is where there is a `rate`. */
  review: Review & Partial<Reviewing>
  onGo: (atMs: number) => void
  find: Find
  findInput: RefObject<HTMLInputElement | null>
}

/** Chat, tests, notes and find: one at a time, counts of all. */
export const SidePane = memo(function SidePane({
  tab,
  onTab,
  state,
  startMs,
  live,
  unloaded,
  isPast,
  review,
  onGo,
  find,
  findInput,
}: SidePaneProps) {
  const soFar = isPast ? ' up to this moment' : live ? ' yet' : ' in this recording'
  const emptyText = (what: string) => unloaded ?? `No ${what}${soFar}.`
  return (
    <section className="pane side-pane" aria-label="Chat, tests, notes and find">
      <SideTabs
        tab={tab}
        onTab={onTab}
        state={state}
        besideCount={review.laterNotes.length + review.redactions.length}
        hitCount={find.progress?.hits.length ?? 0}
      />
      <div className="side-panel" role="tabpanel" id={`panel-${tab}`} aria-labelledby={`tab-${tab}`}>
        {tab === 'chat' && (
          <ChatPane
            chat={state.chat}
            startMs={startMs}
            review={review}
            empty={emptyText('conversation with the assistant')}
          />
        )}
        {tab === 'tests' && (
          <TestsPane
            runs={state.testRuns}
            awaits={isPast ? 'past' : live ? 'live' : null}
            startMs={startMs}
            onGo={onGo}
            empty={emptyText('test runs')}
          />
        )}
        {tab === 'find' && <FindPane find={find} startMs={startMs} input={findInput} />}
        {tab === 'notes' && (
          <NotesPane
            state={state}
            review={review}
            startMs={startMs}
            onGo={onGo}
            empty={emptyText('notes, signals or losses')}
          />
        )}
      </div>
    </section>
  )
})

function SideTabs({
  tab,
  onTab,
  state,
  besideCount,
  hitCount,
}: Pick<SidePaneProps, 'tab' | 'onTab' | 'state'> & {
  /** Of what stands beside the events. */
  besideCount: number
  hitCount: number
}) {
  const lost = state.losses.length + state.divergences.length
  const counts: Record<SideTab, number> = {
    chat: state.chat.length,
    tests: state.testRuns.length,
    notes: state.notes.length + state.signals.length + lost + besideCount,
    find: hitCount,
  }
  const onKeyDown = (key: KeyboardEvent<HTMLElement>) => {
    const step = key.key === 'ArrowRight' ? 1 : key.key === 'ArrowLeft' ? -1 : 0
    if (step === 0) return
    key.preventDefault()
    key.stopPropagation()
    const next = SIDE_TABS[(SIDE_TABS.indexOf(tab) + step + SIDE_TABS.length) % SIDE_TABS.length] as SideTab
    onTab(next)
    key.currentTarget.querySelector<HTMLElement>(`#tab-${next}`)?.focus()
  }
  return (
    <div className="pane-bar tabs" role="tablist" aria-label="Side pane" onKeyDown={onKeyDown}>
      {SIDE_TABS.map((each) => (
        <button
          key={each}
          type="button"
          role="tab"
          id={`tab-${each}`}
          className="tab"
          aria-selected={each === tab}
          aria-controls={`panel-${each}`}
          tabIndex={each === tab ? 0 : -1}
          onClick={() => onTab(each)}
        >
          {NAMES[each]}
          {counts[each] > 0 && (
            <span className="tab-count tabular" data-lost={each === 'notes' && lost > 0}>
              {count(counts[each])}
            </span>
          )}
        </button>
      ))}
    </div>
  )
}
