import { memo, useEffect, useMemo, useRef } from 'react'
import type { AnnotationView } from '../../../../protocol/http/index.js'
import { useKeys } from '../../ui/use-keys.js'
import type { Playback, PlaybackView } from '../playback.js'
import { drawTimeline, LANES_PX, ROWS } from './draw-timeline.js'
import { HoverCard } from './hover-card.js'
import { withLaterNotes } from './later-notes.js'
import { momentInWords } from './moment-in-words.js'
import { TimeAxis } from './time-axis.js'
import { pictureOf } from './timeline-picture.js'
import { useLaneGestures } from './use-lane-gestures.js'
import { useSize, useSlowed, useThemeTurns } from './use-picture-inputs.js'
import { useZoom } from './use-zoom.js'
import { whatIsThere } from './what-is-there.js'
import './timeline.css'

const MARK_REACH_PX = 8
const ZOOM_STEP = 1.5
const PAGE_MS = 60_000
/** A live session grows all the time; its picture is drawn again this often at most. */
const REDRAW_MS = 500

interface TimelineProps {
  playback: Playback
  view: PlaybackView
  /** Where the axis ends, epoch ms: beyond the last event while a session goes on. */
  axisEndMs: number
  /** Moments that were found, ascending, and the one that is chosen among them. */
  hits: readonly number[]
  chosenHitMs: number | null
  laterNotes: readonly AnnotationView[]
}

/** Lanes on one time axis, and the playhead: press or drag to go there, turn the wheel to look closer. */
export function Timeline({ playback, view, axisEndMs, hits, chosenHitMs, laterNotes }: TimelineProps) {
  const box = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const width = useSize(box)
  const themeTurns = useThemeTurns()
  const recorded = useSlowed(view.overview, REDRAW_MS)
  const overview = useMemo(() => withLaterNotes(recorded, laterNotes), [recorded, laterNotes])
  const endMs = useSlowed(axisEndMs, REDRAW_MS)
  const { startMs } = overview

  const axis = useMemo(
    () => new TimeAxis(startMs, Math.max(startMs + 1000, endMs), view.skipsIdle ? overview.silences : []),
    [overview, startMs, endMs, view.skipsIdle],
  )
  const headMs = view.mode === 'following' ? axis.endMs : view.atMs
  const zoom = useZoom(axis, headMs, view.mode)
  const { from, to } = zoom.seen
  const picture = useMemo(
    () => (width > 0 ? pictureOf(overview, axis, { from, to }, width) : null),
    [overview, axis, from, to, width],
  )
  useEffect(() => {
    void themeTurns
    if (canvas.current !== null && picture !== null) drawTimeline(canvas.current, picture)
  }, [picture, themeTurns])

  const reach = ((to - from) / Math.max(1, width)) * MARK_REACH_PX
  const thereAt = (place: number) =>
    whatIsThere(overview, axis.timeAt(place - reach), axis.timeAt(place), axis.timeAt(place + reach))
  const { hoverPlace, handlers } = useLaneGestures(box, width, zoom, {
    onPress: (place) => playback.seek(thereAt(place).nearest?.atMs ?? axis.timeAt(place)),
    onDrag: (place) => playback.seek(axis.timeAt(place)),
  })
  useKeys([
    ['+', () => zoom.zoomAround(axis.placeOf(headMs), 1 / ZOOM_STEP)],
    ['=', () => zoom.zoomAround(axis.placeOf(headMs), 1 / ZOOM_STEP)],
    ['-', () => zoom.zoomAround(axis.placeOf(headMs), ZOOM_STEP)],
    ['0', zoom.reset],
    ['PageUp', () => playback.seekBy(PAGE_MS)],
    ['PageDown', () => playback.seekBy(-PAGE_MS)],
  ])

  const percent = (place: number): number => ((place - from) / Math.max(1, to - from)) * 100
  const isInView = (place: number): boolean => place >= from && place <= to
  const headPlace = axis.placeOf(headMs)
  return (
    <div className="timeline">
      <div className="timeline-labels" aria-hidden="true">
        {ROWS.map(({ name, label, height }) => (
          <span key={name} style={{ height }}>
            {label}
          </span>
        ))}
      </div>
      <div
        className="timeline-lanes"
        ref={box}
        style={{ height: LANES_PX }}
        role="slider"
        tabIndex={0}
        aria-label="Moment of the interview"
        aria-valuemin={0}
        aria-valuemax={Math.round((axis.endMs - startMs) / 1000)}
        aria-valuenow={Math.round((headMs - startMs) / 1000)}
        aria-valuetext={momentInWords(headMs - startMs, axis.endMs - startMs, thereAt(headPlace))}
        {...handlers}
      >
        <canvas ref={canvas} />
        <Hits axis={axis} from={from} to={to} hits={hits} chosenMs={chosenHitMs} />
        {overview.eventCount > 0 && isInView(headPlace) && (
          <span className="playhead" style={{ left: `${percent(headPlace)}%` }} />
        )}
        {hoverPlace !== null && (
          <HoverCard
            atMs={axis.timeAt(hoverPlace)}
            startMs={startMs}
            there={thereAt(hoverPlace)}
            leftOutCount={overview.marksLeftOut}
            left={percent(hoverPlace)}
          />
        )}
        {zoom.isZoomed && (
          <span
            className="timeline-part"
            style={{ left: `${(from / axis.length) * 100}%`, right: `${(1 - to / axis.length) * 100}%` }}
          />
        )}
      </div>
      {zoom.isZoomed && (
        <button
          type="button"
          className="button button-outlined timeline-whole"
          onClick={() => {
            zoom.reset()
            // The button goes; whoever pressed it stays on the timeline.
            box.current?.focus({ preventScroll: true })
          }}
          title="Show the whole interview (0)"
        >
          Whole interview
        </button>
      )}
    </div>
  )
}

interface HitsProps {
  axis: TimeAxis
  from: number
  to: number
  hits: readonly number[]
  chosenMs: number | null
}

const Hits = memo(function Hits({ axis, from, to, hits, chosenMs }: HitsProps) {
  return hits.map((atMs) => {
    const part = (axis.placeOf(atMs) - from) / Math.max(1, to - from)
    if (part < 0 || part > 1) return null
    return (
      <span
        key={atMs}
        className="timeline-hit"
        data-chosen={atMs === chosenMs}
        style={{ left: `${part * 100}%` }}
      />
    )
  })
})
