import type { StatisticsView } from '../../../../protocol/http/index.js'
import { pathOfAnalysis } from '../../routing.js'
import { Link } from '../../ui/link.js'

interface PointsProps {
  metric: string
  statistics: StatisticsView
  format: (value: number) => string
}

/** Each session of a few as a point of its own, which leads to it. */
export function Points({ metric, statistics: { sessions = [], session }, format }: PointsProps) {
  const points = sessions
    .flatMap(({ id, metrics }) => {
      const value = metrics[metric]
      return value === undefined ? [] : [{ id, value }]
    })
    .sort((a, b) => a.value - b.value)
  const [min, max] = [points[0]?.value ?? 0, points.at(-1)?.value ?? 0]
  const placeOf = (value: number) => (max === min ? 50 : ((value - min) / (max - min)) * 100)
  return (
    <>
      <ul className="points">
        {points.map(({ id, value }) => (
          <li key={id} style={{ left: `${placeOf(value)}%` }}>
            <Link
              className="point"
              data-own={id === session?.id}
              href={pathOfAnalysis(id)}
              aria-label={`${format(value)}${id === session?.id ? ', this session' : ''}`}
              title={format(value)}
            />
          </li>
        ))}
      </ul>
      <div className="distribution-axis tabular" aria-hidden="true">
        <span>{format(min)}</span>
        {max !== min && <span>{format(max)}</span>}
      </div>
    </>
  )
}
