import type { KeyboardEvent } from 'react'

const VALUES = [1, 2, 3, 4, 5] as const

interface RatingProps {
  /** Null: not rated. */
  value: number | null
  /** Null takes the rating away. Absent: nobody rates here. */
  onRate?: (value: number | null) => void
}

/** Rates a prompt from 1 to 5. One stop of the Tab key; arrows move, Space and Enter rate, the rating itself unrates. */
export function Rating({ value, onRate }: RatingProps) {
  if (onRate === undefined) return <Rated value={value} />
  const onKeyDown = (key: KeyboardEvent<HTMLElement>) => {
    const step = key.key === 'ArrowRight' ? 1 : key.key === 'ArrowLeft' ? -1 : 0
    if (step === 0) return
    key.preventDefault()
    const buttons = [...key.currentTarget.querySelectorAll('button')]
    const at = buttons.indexOf(key.target as HTMLButtonElement)
    buttons[(at + step + buttons.length) % buttons.length]?.focus()
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a frame and a legend of its own
    <span className="rate" role="group" aria-label="Rate this prompt" onKeyDown={onKeyDown}>
      {VALUES.map((each) => (
        <button
          key={each}
          type="button"
          className="rate-star"
          data-on={value !== null && each <= value}
          aria-pressed={each === value}
          aria-label={`${each} of 5`}
          title={each === value ? 'Take the rating away' : `Rate ${each} of 5`}
          tabIndex={each === (value ?? 1) ? 0 : -1}
          onClick={() => onRate(each === value ? null : each)}
        >
          <span aria-hidden="true">★</span>
        </button>
      ))}
    </span>
  )
}

function Rated({ value }: { value: number | null }) {
  if (value === null) return null
  return (
    <span className="rate" role="img" aria-label={`Rated ${value} of 5`}>
      {VALUES.map((each) => (
        <span key={each} className="rate-star" data-on={each <= value} aria-hidden="true">
          ★
        </span>
      ))}
    </span>
  )
}
