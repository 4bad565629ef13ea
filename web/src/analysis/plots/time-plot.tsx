import { useEffect, useRef } from 'react'
import uPlot from 'uplot'
import { onThemeChange } from '../../ui/theme.js'
import { offsetText } from '../moments.js'
import { paintOf } from './paint.js'
import type { PlotModel } from './plot-model.js'
import 'uplot/dist/uPlot.min.css'

/** All plots of a page show the same moment under their cursors. */
const SYNC_KEY = 'session-time'

interface TimePlotProps {
  model: PlotModel
  firstMs: number
  lastMs: number
  height: number
  /** The index under the cursor, of whichever plot it is over. */
  onHover: (index: number | null) => void
  /** Whether a part of the session is shown alone. */
  onZoom: (zoomed: boolean) => void
  onGo: (atMs: number) => void
}

/** A plot over a session's time. Dragging zooms all plots of the page; {@link showWholeSession} ends that. */
export function TimePlot({ model, firstMs, lastMs, height, onHover, onZoom, onGo }: TimePlotProps) {
  const host = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | null>(null)
  const callbacks = useRef({ onHover, onZoom, onGo })
  callbacks.current = { onHover, onZoom, onGo }

  const lengthSec = Math.max(1, (lastMs - firstMs) / 1000)

  useEffect(() => {
    const element = host.current
    if (element === null) return
    const make = () => {
      plot.current?.destroy()
      plot.current = new uPlot(
        {
          ...paintOf(model, firstMs, lastMs),
          width: Math.max(1, element.clientWidth),
          height,
          cursor: {
            sync: { key: SYNC_KEY, setSeries: false },
            drag: { x: true, y: false, dist: 5, click: () => {} },
            bind: { dblclick: () => null },
            points: { show: false },
            y: false,
          },
          hooks: {
            setCursor: [(u) => callbacks.current.onHover(u.cursor.idx ?? null)],
            setScale: [(u) => callbacks.current.onZoom(isZoomed(u, lengthSec))],
            ready: [
              (u) => listenForClicks(u, (left) => callbacks.current.onGo(placeOf(u, model, firstMs, left))),
            ],
          },
        },
        dataOf(model, firstMs),
        element,
      )
    }
    make()
    const resized = new ResizeObserver(() => {
      plot.current?.setSize({ width: Math.max(1, element.clientWidth), height })
    })
    resized.observe(element)
    const paper = matchMedia('print')
    paper.addEventListener('change', make)
    const stopTheme = onThemeChange(make)
    return () => {
      stopTheme()
      paper.removeEventListener('change', make)
      resized.disconnect()
      plot.current?.destroy()
      plot.current = null
    }
  }, [model, firstMs, lastMs, lengthSec, height])

  return (
    <div
      className="time-plot"
      ref={host}
      role="slider"
      tabIndex={0}
      aria-label={`${model.title}. Arrow keys move through it, Enter opens the player there.`}
      aria-valuemin={0}
      aria-valuemax={Math.round(lengthSec)}
      aria-valuenow={0}
      aria-valuetext="0:00"
      onKeyDown={(key) => {
        const u = plot.current
        if (u === null) return
        const at = u.cursor.idx ?? -1
        const last = model.atMs.length - 1
        const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: last }[key.key]
        if (next !== undefined) {
          key.preventDefault()
          const index = Math.min(last, Math.max(0, next))
          const atMs = model.atMs[index] ?? firstMs
          // What is set by hand is not told to the other plots; they all have the same axis.
          const left = u.valToPos((atMs - firstMs) / 1000, 'x')
          for (const each of uPlot.sync(SYNC_KEY).plots) each.setCursor({ left, top: 0 })
          key.currentTarget.setAttribute('aria-valuenow', String(Math.round((atMs - firstMs) / 1000)))
          key.currentTarget.setAttribute('aria-valuetext', readout(model, index, firstMs))
        }
        if (key.key === 'Escape') showWholeSession()
        if (key.key === 'Enter' && at >= 0) onGo(model.atMs[at] ?? firstMs)
      }}
    />
  )
}

/** Shows all of the session in every plot again. */
export function showWholeSession(): void {
  for (const u of uPlot.sync(SYNC_KEY).plots) {
    const [xs] = u.data
    u.setScale('x', { min: xs[0] ?? 0, max: xs.at(-1) ?? 0 })
  }
}

const ROUNDING_SEC = 1e-3
const isZoomed = ({ scales: { x } }: uPlot, lengthSec: number): boolean =>
  (x?.min ?? 0) > ROUNDING_SEC || (x?.max ?? lengthSec) < lengthSec - ROUNDING_SEC

/** A press that ends where it began, give or take a tremble; one that selected something has zoomed. */
function listenForClicks({ over, cursor, hooks }: uPlot, onClick: (left: number) => void): void {
  let selected = false
  hooks.setSelect = [
    () => {
      selected = true
    },
  ]
  over.addEventListener('mousedown', () => {
    selected = false
  })
  over.addEventListener('click', () => {
    if (!selected && (cursor.left ?? -1) >= 0) onClick(cursor.left ?? 0)
  })
}

/** What stands at an index, in words. */
export function readout({ atMs, series }: PlotModel, index: number, firstMs: number): string {
  const values = series.map(({ label, values }) => `${label} ${values[index] ?? 'not said'}`)
  return `${offsetText((atMs[index] ?? firstMs) - firstMs)}: ${values.join(', ')}`
}

function placeOf(u: uPlot, model: PlotModel, firstMs: number, left: number): number {
  const value = model.goes === 'to-value' ? model.atMs[u.posToIdx(left)] : undefined
  return value ?? firstMs + Math.max(0, u.posToVal(left, 'x')) * 1000
}

/** Layers of a stack are painted from the highest sum to the lowest: later ones cover what is not theirs. */
function dataOf({ atMs, series }: PlotModel, firstMs: number): uPlot.AlignedData {
  const xs = atMs.map((at) => (at - firstMs) / 1000)
  return [xs, ...[...series].reverse().map(({ painted, values }) => [...(painted ?? values)])]
}
