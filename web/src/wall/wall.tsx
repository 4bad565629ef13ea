import { useEffect, useMemo, useRef, useState } from 'react'
import type { Backend } from '../data/backend.js'
import { HelpDialog, type Shortcut } from '../ui/help-dialog.js'
import { DIRECTIONS, moveFocus } from '../ui/move-focus.js'
import { useKeys } from '../ui/use-keys.js'
import type { CardGridHandle } from './card-grid.js'
import { useLiveSessions } from './live/use-live-sessions.js'
import { LiveSection, rateSessions } from './live-section.js'
import { RecordedSection } from './recorded/recorded-section.js'
import { useRecorded } from './recorded/use-recorded.js'
import { useWallQuery } from './use-wall-query.js'
import { WallBar } from './wall-bar.js'
import './wall.css'

const SHORTCUTS: Shortcut[] = [
  [['/'], 'Search'],
  [['←', '↑', '→', '↓'], 'Move between sessions'],
  [['Home', 'End'], 'First and last live session'],
  [['Enter'], 'Open the session'],
  [['?'], 'This help'],
]

/** All interviews: the live ones as cards, the recorded ones as a table below. */
export function Wall({ backend }: { backend: Backend }) {
  const { live, view } = useLiveSessions(backend)
  const [query, ask] = useWallQuery()
  const [helping, setHelping] = useState(false)
  const searchField = useRef<HTMLInputElement>(null)
  const grid = useRef<CardGridHandle>(null)
  const main = useRef<HTMLElement>(null)
  const { offsetMs } = backend.clock

  const rated = useMemo(() => rateSessions(view, offsetMs), [view, offsetMs])
  const active = rated?.filter(({ summary }) => summary.status === 'ACTIVE') ?? null
  const recorded = useRecorded(backend, active?.length ?? null)

  useEffect(() => {
    document.title = 'InterviewLM Recorder'
  }, [])

  const move = (key: string) => {
    if (grid.current?.move(key)) return
    const rows = [...(main.current?.querySelectorAll<HTMLElement>('.recorded-link') ?? [])]
    const isFirstRow = document.activeElement === rows[0]
    if (key === 'ArrowUp' && isFirstRow) grid.current?.focusLast()
    else if (key === 'ArrowUp' || key === 'ArrowDown') moveFocus(rows, key)
  }
  useKeys([
    ['/', () => searchField.current?.focus()],
    ['?', () => setHelping(true)],
    ...[...DIRECTIONS, 'Home', 'End'].map((key) => [key, () => move(key)] as const),
  ])

  return (
    <div className="wall">
      <WallBar
        live={active?.length ?? null}
        needLook={active?.filter(({ attention }) => attention.rank > 0).length ?? null}
        recorded={recorded.sessions?.length ?? null}
        hasMoreRecorded={recorded.hasMore}
        search={query.search}
        searchField={searchField}
        onSearch={(search) => ask({ search })}
        onLeaveSearch={(into) => {
          searchField.current?.blur()
          if (into === 'cards') move('ArrowDown')
        }}
        onHelp={() => setHelping(true)}
      />
      <main className="wall-main" ref={main}>
        <LiveSection
          live={live}
          view={view}
          rated={rated}
          offsetMs={offsetMs}
          query={query}
          grid={grid}
          onAsk={ask}
        />
        <RecordedSection recorded={recorded} search={query.search} />
      </main>
      {helping && <HelpDialog shortcuts={SHORTCUTS} onClose={() => setHelping(false)} />}
    </div>
  )
}
