import { type KeyboardEvent, type PointerEvent, useEffect, useMemo, useRef, useState } from 'react'
import { clock } from '../../ui/format.js'
import { onThemeChange } from '../../ui/theme.js'
import type { Playback, PlaybackView } from '../playback.js'
import { drawTimeline, LANE_LABELS } from './draw-timeline.js'
import { breakAt, markNear, timelineModel } from './timeline-model.js'
import './timeline.css'

const BAR_PX = 3
const MARK_REACH_PX = 8
/** A live session grows all the time; its picture is drawn again this often at most. */
const REDRAW_MS = 500

interface TimelineProps {
  playback: Playback
  view: PlaybackView
  /** Where the axis ends, epoch ms: beyond the last event while a session goes on. */
  axisEndMs: number
}

/** Lanes on one time axis, and the playhead: press or drag to go there. */
export function Timeline({ playback, view, axisEndMs }: TimelineProps) {
  const box = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const [width, setWidth] = useState(0)
  const [themeTurns, setThemeTurns] = useState(0)
  const [hoverMs, setHoverMs] = useState<number | null>(null)
  const revision = useSlowed(view.revision)
  const axisEnd = useSlowed(axisEndMs)
  const { startMs } = view
  const axisMs = Math.max(1000, axisEnd - startMs)

  useEffect(() => {
    const resizes = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)))
    resizes.observe(box.current as HTMLDivElement)
    return () => resizes.disconnect()
  }, [])
  useEffect(() => onThemeChange(() => setThemeTurns((turns) => turns + 1)), [])

  const model = useMemo(() => {
    void revision
    return timelineModel(playback.events, startMs, startMs + axisMs, Math.max(1, Math.floor(width / BAR_PX)))
  }, [playback, revision, startMs, axisMs, width])
  useEffect(() => {
    void themeTurns
    if (canvas.current !== null && width > 0)
      drawTimeline(canvas.current, width, model, startMs, startMs + axisMs)
  }, [model, width, startMs, axisMs, themeTurns])

  const atOf = (pointer: PointerEvent): number => {
    const { left, width: across } = (box.current as HTMLDivElement).getBoundingClientRect()
    return startMs + Math.min(1, Math.max(0, (pointer.clientX - left) / across)) * axisMs
  }
  const onPointerDown = (pointer: PointerEvent<HTMLDivElement>) => {
    if (pointer.button !== 0) return
    pointer.currentTarget.setPointerCapture(pointer.pointerId)
    playback.seek(atOf(pointer))
  }
  const onPointerMove = (pointer: PointerEvent<HTMLDivElement>) => {
    const atMs = atOf(pointer)
    setHoverMs(atMs)
    if (pointer.currentTarget.hasPointerCapture(pointer.pointerId)) playback.seek(atMs)
  }
  const onKeyDown = (key: KeyboardEvent) => {
    const step = { ArrowLeft: -5000, ArrowRight: 5000, PageUp: 60_000, PageDown: -60_000 }[key.key]
    if (step === undefined) return
    key.preventDefault()
    key.stopPropagation()
    playback.seek(view.atMs + step)
  }

  const place = (atMs: number): string => `${Math.min(1, Math.max(0, (atMs - startMs) / axisMs)) * 100}%`
  const headMs = view.mode === 'following' ? startMs + axisMs : view.atMs
  const hovered =
    hoverMs === null ? null : markNear(model.marks, hoverMs, (MARK_REACH_PX / Math.max(1, width)) * axisMs)
  const pausedBy = hoverMs === null ? null : breakAt(model.breaks, hoverMs)
  return (
    <div className="timeline">
      <div className="timeline-labels" aria-hidden="true">
        {LANE_LABELS.map((label) => (
          <span key={label}>{label}</span>
        ))}
      </div>
      <div
        className="timeline-lanes"
        ref={box}
        role="slider"
        tabIndex={0}
        aria-label="Moment of the interview"
        aria-valuemin={0}
        aria-valuemax={Math.round(axisMs / 1000)}
        aria-valuenow={Math.round((headMs - startMs) / 1000)}
        aria-valuetext={`${clock(headMs - startMs)} of ${clock(axisMs)}`}
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerLeave={() => setHoverMs(null)}
        onKeyDown={onKeyDown}
      >
        <canvas ref={canvas} />
        <span className="playhead" style={{ left: place(headMs) }} />
        {hoverMs !== null && (
          <span
            className="timeline-hover"
            data-right={hoverMs - startMs > axisMs * 0.7}
            style={{ left: place(hoverMs) }}
          >
            <span className="tabular">
              {clock((hovered?.atMs ?? hoverMs) - startMs)}
              {hovered !== null ? ` ${hovered.label}` : pausedBy !== null && ` ${pausedBy.label}`}
            </span>
          </span>
        )}
      </div>
    </div>
  )
}

/** A value that changes all the time, as it was at most half a second ago. */
function useSlowed<T>(value: T): T {
  const [slowed, setSlowed] = useState(value)
  const newest = useRef(value)
  newest.current = value
  useEffect(() => {
    const timer = setInterval(() => setSlowed(newest.current), REDRAW_MS)
    return () => clearInterval(timer)
  }, [])
  return slowed
}
