import { type KeyboardEvent, useState } from 'react'
import type { StatisticsView } from '../../../../protocol/http/index.js'
import { counted } from '../../ui/format.js'

type Bar = StatisticsView['metrics'][string]['histogram'][number]

interface HistogramBarsProps {
  label: string
  histogram: readonly Bar[]
  format: (value: number) => string
  /** Where the first bar begins and how wide each is, as shares of the whole. */
  firstShare: number
  barShare: number
  chosen: number | null
  onChoose: (bar: number | null) => void
}

const STEPS: Partial<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowRight: 1,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
}

/** A button over each bar that has sessions. They are one place for the Tab key; arrows go from bar to bar. */
export function HistogramBars(props: HistogramBarsProps) {
  const { label, histogram, format, firstShare, barShare, chosen, onChoose } = props
  const filled = histogram.flatMap((bar, i) => (bar.count === 0 ? [] : [{ ...bar, i }]))
  const [focused, setFocused] = useState<number | null>(null)
  const reachable = filled.find(({ i }) => i === focused) ?? filled[0]
  return (
    <ul className="histogram-bars" aria-label={`Sessions by ${label}`} onKeyDown={goAlong}>
      {filled.map(({ from, to, count, i }) => {
        const name = `${rangeText(from, to, format)}: ${counted(count, 'session')}`
        return (
          <li key={i} style={{ left: `${(firstShare + i * barShare) * 100}%`, width: `${barShare * 100}%` }}>
            <button
              type="button"
              tabIndex={i === reachable?.i ? 0 : -1}
              aria-expanded={i === chosen}
              aria-label={name}
              title={name}
              onFocus={() => setFocused(i)}
              onClick={() => onChoose(i === chosen ? null : i)}
            />
          </li>
        )
      })}
    </ul>
  )
}

function goAlong(event: KeyboardEvent<HTMLUListElement>): void {
  const step = STEPS[event.key]
  if (step === undefined) return
  event.preventDefault()
  const bars: readonly (HTMLElement | null)[] = [...event.currentTarget.querySelectorAll('button')]
  const next = bars.indexOf(document.activeElement as HTMLElement | null) + step
  bars[Math.max(0, Math.min(bars.length - 1, next))]?.focus()
}

export function rangeText(from: number, to: number, format: HistogramBarsProps['format']): string {
  const [first, last] = [format(from), format(to)]
  return first === last ? first : `${first} to ${last}`
}
