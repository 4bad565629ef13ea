import { useEffect, useRef, useState } from 'react'
import { signOut } from '../auth/sign-in-state.js'
import type { Backend } from '../data/backend.js'
import { count } from '../ui/format.js'
import { HelpDialog, type Shortcut } from '../ui/help-dialog.js'
import { Icon } from '../ui/icon.js'
import { Link } from '../ui/link.js'
import { DIRECTIONS, type Direction, moveFocus } from '../ui/move-focus.js'
import { ThemeButton } from '../ui/theme-button.js'
import { useKeys } from '../ui/use-keys.js'
import { useNow } from '../ui/use-now.js'
import { attention, matches, SORTS, type Sort, sorted } from './attention.js'
import { RecordedTable } from './recorded-table.js'
import { SessionCard } from './session-card.js'
import { useLobby } from './use-lobby.js'
import { useRecorded } from './use-recorded.js'
import './wall.css'

const SHORTCUTS: Shortcut[] = [
  [['/'], 'Search'],
  [['←', '↑', '→', '↓'], 'Move between sessions'],
  [['Enter'], 'Open the session'],
  [['?'], 'This help'],
]

/** All interviews: the live ones as cards, the recorded ones as a table below. */
export function Wall({ backend }: { backend: Backend }) {
  const lobby = useLobby(backend)
  const nowMs = useNow() + backend.clock.offsetMs
  const [search, setSearch] = useState('')
  const [sort, setSort] = useState<Sort>('attention')
  const [onlyAttention, setOnlyAttention] = useState(false)
  const [helping, setHelping] = useState(false)
  const searchField = useRef<HTMLInputElement>(null)
  const main = useRef<HTMLElement>(null)

  const live = lobby.sessions?.filter(({ status }) => status === 'ACTIVE') ?? null
  const recorded = useRecorded(backend, lobby.sessions === null ? null : live?.length)
  const needLook = live?.filter((session) => attention(session, nowMs).rank > 0) ?? []
  const shown = sorted(onlyAttention ? needLook : (live ?? []), sort, nowMs).filter((each) =>
    matches(each, search),
  )
  const shownRecorded = recorded.sessions?.filter((each) => matches(each, search)) ?? null

  useEffect(() => {
    document.title = 'InterviewLM Recorder'
  }, [])

  const move = (direction: Direction) => () =>
    moveFocus([...(main.current?.querySelectorAll<HTMLElement>('.card, .recorded-link') ?? [])], direction)
  useKeys([
    ['/', () => searchField.current?.focus()],
    ['?', () => setHelping(true)],
    ...DIRECTIONS.map((direction) => [direction, move(direction)] as const),
  ])

  return (
    <div className="wall">
      <header className="topbar wall-bar">
        <h1 className="brand">
          <img src="/favicon.svg" alt="" width="20" height="20" />
          InterviewLM Recorder
        </h1>
        <p className="wall-counts tabular" role="status">
          <span data-live={needLook.length < (live?.length ?? 0)}>
            {live === null ? '–' : count(live.length)} live
          </span>
          <span data-signal={needLook.length > 0}>{count(needLook.length)} need a look</span>
          <span>
            {recorded.sessions === null ? '–' : count(recorded.sessions.length)}
            {recorded.hasMore && '+'} recorded
          </span>
        </p>
        <span className="spacer" />
        <label className="search">
          <Icon name="search" />
          <span className="visually-hidden">Search candidates and questions</span>
          <input
            ref={searchField}
            className="field"
            type="search"
            placeholder="Search"
            value={search}
            onChange={(change) => setSearch(change.target.value)}
            onKeyDown={(key) => {
              if (key.key === 'Escape') searchField.current?.blur()
              if (key.key === 'ArrowDown') move('ArrowDown')()
            }}
          />
          <kbd title="Press / to search">/</kbd>
        </label>
        <Link href="/analysis" className="button">
          Analysis
        </Link>
        <button
          type="button"
          className="button"
          onClick={() => setHelping(true)}
          title="Keyboard (?)"
          aria-label="Keyboard shortcuts"
        >
          <Icon name="keyboard" />
        </button>
        <ThemeButton />
        <button
          type="button"
          className="button"
          onClick={() => signOut()}
          title="Sign out"
          aria-label="Sign out"
        >
          <Icon name="leave" />
        </button>
      </header>

      <main className="wall-main" ref={main}>
        <section aria-labelledby="live-title">
          <div className="section-bar">
            <h2 id="live-title">Live</h2>
            {lobby.state === 'reconnecting' && <Reconnecting />}
            <span className="spacer" />
            <button
              type="button"
              className="button button-outlined"
              aria-pressed={onlyAttention}
              onClick={() => setOnlyAttention(!onlyAttention)}
            >
              Needs a look only
            </button>
            <label className="sort">
              Sort by
              <select
                className="field"
                value={sort}
                onChange={(change) => setSort(change.target.value as Sort)}
              >
                {Object.entries(SORTS).map(([value, name]) => (
                  <option key={value} value={value}>
                    {name}
                  </option>
                ))}
              </select>
            </label>
          </div>
          {live === null ? (
            <CardSkeletons />
          ) : shown.length > 0 ? (
            <div className="cards">
              {shown.map((session) => (
                <SessionCard
                  key={session.id}
                  session={session}
                  nowMs={nowMs}
                  activity={lobby.activity.of(session.id, Date.now())}
                />
              ))}
            </div>
          ) : live.length > 0 ? (
            <p className="wall-empty">
              {search !== '' ? 'No live session matches the search.' : 'Nothing needs a look right now.'}
            </p>
          ) : (
            <div className="wall-empty">
              <p>
                <strong>Nobody is being interviewed right now.</strong> A session shows here within a second
                of its first event.
              </p>
              <p>
                To see one without a candidate, run this beside <code>npm start</code>:
              </p>
              <code className="command">npm run simulate</code>
            </div>
          )}
        </section>

        <section aria-labelledby="recorded-title">
          <div className="section-bar">
            <h2 id="recorded-title">Recorded</h2>
          </div>
          {recorded.failed && (
            <div className="notice" data-tone="signal" role="alert">
              <Icon name="signal" />
              <div>
                <strong>The list of recordings could not be read</strong>
                The service did not answer. No recording is affected; it is asked again every few seconds.
              </div>
            </div>
          )}
          {shownRecorded === null ? (
            !recorded.failed && <RowSkeletons />
          ) : shownRecorded.length > 0 ? (
            <RecordedTable sessions={shownRecorded} />
          ) : (
            <p className="wall-empty">
              {search === ''
                ? 'No recordings yet. An interview comes here when it is closed.'
                : 'No recorded session matches the search.'}
            </p>
          )}
          {recorded.hasMore && (
            <button type="button" className="button button-outlined more" onClick={recorded.more}>
              Show older recordings
            </button>
          )}
        </section>
      </main>
      {helping && <HelpDialog shortcuts={SHORTCUTS} onClose={() => setHelping(false)} />}
    </div>
  )
}

function Reconnecting() {
  return (
    <span className="chip chip-signal" role="status">
      <Icon name="signal" />
      Reconnecting; what you see may be old
    </span>
  )
}

const CardSkeletons = () => (
  <div className="cards" aria-busy="true" role="status" aria-label="Loading live sessions">
    {[0, 1, 2].map((i) => (
      <div key={i} className="card skeleton" />
    ))}
  </div>
)

const RowSkeletons = () => (
  <div className="row-skeletons" aria-busy="true" role="status" aria-label="Loading recordings">
    {[0, 1, 2, 3].map((i) => (
      <div key={i} className="skeleton" />
    ))}
  </div>
)
