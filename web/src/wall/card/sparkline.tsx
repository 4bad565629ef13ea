import { memo } from 'react'

const BAR = 4
const HEIGHT = 24

/** Bars on one baseline; a dotted line where nobody was looking. The number beside it says how much. */
export const Sparkline = memo(
  function Sparkline({ values }: { values: (number | null)[] }) {
    const most = Math.max(8, ...values.map((value) => value ?? 0))
    const width = values.length * BAR
    const base = (isKnown: boolean) =>
      values.map((value, i) => {
        if ((value !== null) !== isKnown) return ''
        const goesOn = i > 0 && (values[i - 1] !== null) === isKnown
        return `${goesOn ? '' : `M${i * BAR} ${HEIGHT - 0.5}`}h${BAR}`
      })
    const bars = values.map((value, i) => {
      if (!value) return ''
      const tall = Math.max(2, Math.sqrt(value / most) * (HEIGHT - 2))
      return `M${i * BAR} ${HEIGHT - 1}v${-tall}h${BAR - 1}v${tall}Z`
    })
    return (
      <svg
        className="sparkline"
        viewBox={`0 0 ${width} ${HEIGHT}`}
        preserveAspectRatio="none"
        aria-hidden="true"
      >
        <path className="sparkline-unknown" d={base(false).join('')} />
        <path className="sparkline-base" d={base(true).join('')} />
        <path className="sparkline-bars" d={bars.join('')} />
      </svg>
    )
  },
  (before, after) => before.values.every((value, i) => value === after.values[i]),
)
