import type { Ref } from 'react'
import { signOut } from '../auth/sign-in-state.js'
import { count } from '../ui/format.js'
import { Icon } from '../ui/icon.js'
import { Link } from '../ui/link.js'
import { ThemeButton } from '../ui/theme-button.js'

interface WallBarProps {
  /** null before it is known. */
  live: number | null
  needLook: number | null
  recorded: number | null
  hasMoreRecorded: boolean
  search: string
  searchField: Ref<HTMLInputElement>
  onSearch: (text: string) => void
  onLeaveSearch: (into: 'cards' | 'page') => void
  onHelp: () => void
}

/** How much there is, what of it needs a look, and the search over all of it. */
export function WallBar(props: WallBarProps) {
  const { live, needLook, recorded, hasMoreRecorded, search, searchField, onSearch, onLeaveSearch, onHelp } =
    props
  return (
    <header className="topbar wall-bar">
      <h1 className="brand">
        <img src="/favicon.svg" alt="" width="20" height="20" />
        InterviewLM Recorder
      </h1>
      <p className="wall-counts tabular" role="status">
        <span data-live={live !== null && live > 0}>{live === null ? '–' : count(live)} live</span>
        <span data-signal={needLook !== null && needLook > 0}>
          {needLook === null ? '–' : count(needLook)} {needLook === 1 ? 'needs' : 'need'} a look
        </span>
        <span>
          {recorded === null ? '–' : count(recorded)}
          {hasMoreRecorded && '+'} recorded
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
          onChange={({ target }) => onSearch(target.value)}
          onKeyDown={(key) => {
            if (key.key === 'Escape') onLeaveSearch('page')
            if (key.key !== 'ArrowDown') return
            key.preventDefault()
            onLeaveSearch('cards')
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
        onClick={onHelp}
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
  )
}
