import { oneLine } from '../ui/visible-text.js'
import { PRESENCES, type PresenceFilter, SORTS, type Sort, type WallQuery } from './live/wall-query.js'

interface WallToolsProps {
  query: WallQuery
  /** Titles of the live sessions' questions. */
  questions: readonly string[]
  onAsk: (change: Partial<WallQuery>) => void
}

/** Which live sessions are shown, and in which order. */
export function WallTools({ query, questions, onAsk }: WallToolsProps) {
  const titles =
    query.question === null || questions.includes(query.question) ? questions : [query.question, ...questions]
  return (
    <div className="wall-tools">
      <button
        type="button"
        className="button button-outlined"
        aria-pressed={query.needsLook}
        onClick={() => onAsk({ needsLook: !query.needsLook })}
      >
        Needs a look
      </button>
      <label className="choice">
        <span className="visually-hidden">Question</span>
        <select
          className="field"
          data-chosen={query.question !== null}
          value={query.question ?? ''}
          onChange={({ target }) => onAsk({ question: target.value === '' ? null : target.value })}
        >
          <option value="">All questions</option>
          {titles.map((title) => (
            <option key={title} value={title}>
              {oneLine(title, 60)}
            </option>
          ))}
        </select>
      </label>
      <label className="choice">
        <span className="visually-hidden">Presence</span>
        <select
          className="field"
          data-chosen={query.presence !== null}
          value={query.presence ?? ''}
          onChange={({ target }) => onAsk({ presence: (target.value || null) as PresenceFilter | null })}
        >
          <option value="">Live, idle, offline</option>
          {Object.entries(PRESENCES).map(([value, name]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label className="choice">
        Sort by
        <select
          className="field"
          value={query.sort}
          onChange={({ target }) => onAsk({ sort: target.value as Sort })}
        >
          {Object.entries(SORTS).map(([value, name]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </select>
      </label>
    </div>
  )
}
