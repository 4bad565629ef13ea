import { useId, useState } from 'react'
import { goTo } from '../../routing.js'
import { count, counted } from '../../ui/format.js'
import { Link } from '../../ui/link.js'
import { offsetText, pathOfMoment } from '../moments.js'
import type { PlotModel } from './plot-model.js'
import { TimePlot } from './time-plot.js'
import './plots.css'

const ROWS_AT_FIRST = 100

interface PlotFigureProps {
  model: PlotModel
  sessionId: string
  firstMs: number
  lastMs: number
  height: number
  onZoom: (zoomed: boolean) => void
}

/** A plot with what it says in words, and its numbers one click away. */
export function PlotFigure({ model, sessionId, firstMs, lastMs, height, onZoom }: PlotFigureProps) {
  const [index, setIndex] = useState<number | null>(null)
  const [open, setOpen] = useState(false)
  const titleId = useId()
  const tableId = useId()
  const atMs = index === null ? undefined : model.atMs[index]
  return (
    <figure className="plot" aria-labelledby={titleId}>
      <figcaption className="plot-caption">
        <h3 id={titleId}>
          {model.title} <span className="plot-unit">{model.unit}</span>
        </h3>
        <p className="plot-summary">{model.summary}</p>
        <button
          type="button"
          className="button plot-numbers"
          aria-expanded={open}
          aria-controls={tableId}
          onClick={() => setOpen(!open)}
        >
          {open ? 'Hide numbers' : 'Show numbers'}
          <span className="visually-hidden"> of {model.title}</span>
        </button>
      </figcaption>
      <div className="plot-legend tabular" aria-hidden="true">
        {model.series.map(({ label, colour, values }) => (
          <span key={label} className="plot-key">
            <span className="plot-swatch" style={{ background: `var(--${colour})` }} />
            {label}
            {index !== null && atMs !== undefined && (
              <strong>{values[index] === null ? '–' : count(values[index] ?? 0)}</strong>
            )}
          </span>
        ))}
        {atMs !== undefined && <span className="plot-at">{offsetText(atMs - firstMs)}</span>}
      </div>
      <TimePlot
        model={model}
        firstMs={firstMs}
        lastMs={lastMs}
        height={height}
        onHover={setIndex}
        onZoom={onZoom}
        onGo={(at) => goTo(pathOfMoment(sessionId, at, firstMs))}
      />
      <div id={tableId} hidden={!open}>
        {open && <NumbersTable model={model} sessionId={sessionId} firstMs={firstMs} />}
      </div>
    </figure>
  )
}

function NumbersTable({
  model: { title, table },
  sessionId,
  firstMs,
}: Pick<PlotFigureProps, 'model' | 'sessionId' | 'firstMs'>) {
  const [shown, setShown] = useState(ROWS_AT_FIRST)
  const more = table.rows.length - shown
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className="numbers-scroller" tabIndex={0} aria-label={`Numbers of ${title}`}>
      <table className="numbers tabular">
        <thead>
          <tr>
            <th scope="col">At</th>
            {table.columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.slice(0, shown).map(({ atMs, cells }, row) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two rows may be of one moment, and none moves
            <tr key={row}>
              <th scope="row">
                <Link className="moment" href={pathOfMoment(sessionId, atMs, firstMs)}>
                  {offsetText(atMs - firstMs)}
                </Link>
              </th>
              {cells.map((cell, column) => (
                <td key={table.columns[column]}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {table.rows.length === 0 && <p className="quiet numbers-empty">There are none.</p>}
      {more > 0 && (
        <button type="button" className="button" onClick={() => setShown(shown + ROWS_AT_FIRST)}>
          Show {counted(Math.min(more, ROWS_AT_FIRST), 'more row')} of {count(more)}
        </button>
      )}
    </section>
  )
}
