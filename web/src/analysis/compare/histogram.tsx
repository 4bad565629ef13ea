import type { StatisticsView } from '../../../../protocol/http/index.js'
import { counted } from '../../ui/format.js'

const WIDTH = 240
const HEIGHT = 56
const BASE = HEIGHT - 1
/** Where all have one value, its bar is one of so many. */
const ONE_VALUE_BARS = 10

interface HistogramProps {
  distribution: StatisticsView['metrics'][string]
  /** The marked session's value. */
  own: number | null
  format: (value: number) => string
}

/** Bars of equal width, the middle half below them, and the marked session's place. */
export function Histogram({ distribution, own, format }: HistogramProps) {
  const { histogram, min, max, p25, p50, p75 } = distribution
  // The marked session may lie outside of what is compared: it is marked at the edge then.
  const placeOf = (value: number) =>
    max === min ? WIDTH / 2 : Math.min(1, Math.max(0, (value - min) / (max - min))) * WIDTH
  const tallest = Math.max(1, ...histogram.map(({ count }) => count))
  const isOneValue = histogram.length === 1
  const barWidth = isOneValue ? WIDTH / ONE_VALUE_BARS : WIDTH / histogram.length
  const firstX = isOneValue ? (WIDTH - barWidth) / 2 : 0
  const description = histogram
    .filter(({ count }) => count > 0)
    .map(({ from, to, count }) => `${rangeText(from, to, format)}: ${counted(count, 'session')}`)
    .join('; ')
  return (
    <>
      <svg
        className="histogram"
        viewBox={`0 -4 ${WIDTH} ${HEIGHT + 14}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${description}.${own === null ? '' : ` This session: ${format(own)}.`}`}
      >
        {histogram.map(({ from, to, count }, i) => {
          const height = count === 0 ? 0 : Math.max(2, (count / tallest) * (HEIGHT - 4))
          return (
            <rect
              key={from}
              className="histogram-bar"
              x={firstX + i * barWidth + 1}
              y={BASE - height}
              width={Math.max(1, barWidth - 2)}
              height={height}
            >
              <title>{`${rangeText(from, to, format)}: ${counted(count, 'session')}`}</title>
            </rect>
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
      <div className="distribution-axis tabular" aria-hidden="true">
        <span>{format(min)}</span>
        {max !== min && <span>{format(max)}</span>}
      </div>
    </>
  )
}

function rangeText(from: number, to: number, format: HistogramProps['format']): string {
  const [first, last] = [format(from), format(to)]
  return first === last ? first : `${first} to ${last}`
}
