import { Icon } from '../../ui/icon.js'
import { oneLine } from '../../ui/visible-text.js'
import type { AnalysedSession, ComparisonData } from '../analysis-api.js'
import type { Filters } from './filters.js'

interface FilterBarProps {
  filters: Filters
  questions: ComparisonData['questions']
  marked: AnalysedSession | null
  onChange: (changed: Partial<Filters>) => void
}

/** Which sessions are compared, and which one is marked. */
export function FilterBar({ filters, questions, marked, onChange }: FilterBarProps) {
  const keys = questions.flatMap(({ key }) => key ?? [])
  const { question } = filters
  // One that no session of these days has must stay chosen, or the view would not show what it says.
  const options = question === null || keys.includes(question) ? keys : [question, ...keys]
  return (
    <fieldset className="filter-bar">
      <legend className="visually-hidden">Filters</legend>
      <label className="analysis-field">
        Question
        <select
          className="field"
          value={question ?? ''}
          onChange={(change) => onChange({ question: change.target.value || null })}
        >
          <option value="">All questions</option>
          {options.map((key) => (
            <option key={key} value={key}>
              {oneLine(key, 60)}
            </option>
          ))}
        </select>
      </label>
      <label className="analysis-field">
        From
        <input
          className="field"
          type="date"
          value={filters.from ?? ''}
          max={filters.to ?? undefined}
          onChange={(change) => onChange({ from: change.target.value || null })}
        />
      </label>
      <label className="analysis-field">
        To
        <input
          className="field"
          type="date"
          value={filters.to ?? ''}
          min={filters.from ?? undefined}
          onChange={(change) => onChange({ to: change.target.value || null })}
        />
      </label>
      {marked !== null && (
        <span className="marked-session">
          <span className="marked-swatch" aria-hidden="true" />
          <span className="theirs one-line">{oneLine(marked.candidateId)}</span>
          <button
            type="button"
            className="button"
            aria-label={`No longer mark ${oneLine(marked.candidateId)}`}
            onClick={() => onChange({ session: null })}
          >
            <Icon name="cross" />
          </button>
        </span>
      )}
    </fieldset>
  )
}
