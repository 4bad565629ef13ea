import type { StatisticsView } from '../../../../protocol/http/index.js'
import { HistogramBars } from './histogram-bars.js'

const WIDTH = 240
const HEIGHT = 56
const BASE = HEIGHT - 1
/** Where all have one value, its bar is one of so many. */
const ONE_VALUE_BARS = 10

interface HistogramProps {
  /** What is distributed. */
  label: string
  distribution: StatisticsView['metrics'][string]
  /** The marked session's value. */
  own: number | null
  format: (value: number) => string
  /** The bar whose sessions are shown; null: none. */
  chosen: number | null
  onChoose: (bar: number | null) => void
}

/** Bars of equal width, the middle half below them, and the marked session's place. Each bar opens its sessions. */
export function Histogram({ label, distribution, own, format, chosen, onChoose }: HistogramProps) {
  const { histogram, min, max, p25, p50, p75 } = distribution
  // The marked session may lie outside of what is compared: it is marked at the edge then.
  const placeOf = (value: number) =>
    max === min ? WIDTH / 2 : Math.min(1, Math.max(0, (value - min) / (max - min))) * WIDTH
  const tallest = Math.max(1, ...histogram.map(({ count }) => count))
  const isOneValue = histogram.length === 1
  const barWidth = isOneValue ? WIDTH / ONE_VALUE_BARS : WIDTH / histogram.length
  const firstX = isOneValue ? (WIDTH - barWidth) / 2 : 0
  return (
    <>
      <div className="histogram-box">
        <svg
          className="histogram"
          viewBox={`0 -4 ${WIDTH} ${HEIGHT + 14}`}
          preserveAspectRatio="none"
          // Its bars are told by their buttons, the rest by the words beside it.
          aria-hidden="true"
        >
          {histogram.map(({ from, count }, i) => {
            const height = count === 0 ? 0 : Math.max(2, (count / tallest) * (HEIGHT - 4))
            return (
              <rect
                key={from}
                className="histogram-bar"
                data-chosen={i === chosen}
                x={firstX + i * barWidth + 1}
                y={BASE - height}
                width={Math.max(1, barWidth - 2)}
                height={height}
              />
            )
          })}
          <rect className="histogram-base" x="0" y={BASE} width={WIDTH} height="1" />
          <rect
            className="histogram-half"
            x={placeOf(p25)}
            y={HEIGHT + 3}
            width={Math.max(2, placeOf(p75) - placeOf(p25))}
            height="3"
          />
          <rect className="histogram-middle" x={placeOf(p50) - 1} y={HEIGHT + 1} width="2" height="7" />
          {own !== null && (
            <rect
              className="histogram-own"
              x={Math.min(WIDTH - 2, Math.max(0, placeOf(own) - 1))}
              y="-4"
              width="2"
              height={HEIGHT + 4}
            />
          )}
        </svg>
        <HistogramBars
          label={label}
          histogram={histogram}
          format={format}
          firstShare={firstX / WIDTH}
          barShare={barWidth / WIDTH}
          chosen={chosen}
          onChoose={onChoose}
        />
      </div>
      <div className="distribution-axis tabular" aria-hidden="true">
        <span>{format(min)}</span>
        {max !== min && <span>{format(max)}</span>}
      </div>
    </>
  )
}
