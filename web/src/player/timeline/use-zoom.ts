import { useEffect, useRef, useState } from 'react'
import type { Stretch } from '../../../../replay/index.js'
import type { PlaybackMode } from '../playback.js'
import type { TimeAxis } from './time-axis.js'
import { panBy, type Seen, seenOf, zoomAround } from './zoom.js'

/** Where a playhead that ran out of the seen part is put: so much of the past stays in view, or of the future. */
const AHEAD_PART = 0.1

export interface Zoom {
  seen: Seen
  isZoomed: boolean
  /** Shows `factor` times as much, around a place of the axis. */
  zoomAround(place: number, factor: number): void
  panBy(distance: number): void
  reset(): void
}

/** The part of the axis in view: what the viewer wants to see, brought along when the playhead runs out of it. */
export function useZoom(axis: TimeAxis, headMs: number, mode: PlaybackMode): Zoom {
  const [zoom, setZoom] = useState<Stretch | null>(null)
  const seen = seenOf(axis, zoom)
  const headBefore = useRef({ headMs, wasInView: true })
  useEffect(() => {
    const place = axis.placeOf(headMs)
    const isInView = place >= seen.from && place <= seen.to
    const { headMs: before, wasInView } = headBefore.current
    headBefore.current = { headMs, wasInView: isInView }
    if (zoom === null) return
    // Somebody who looks elsewhere while it plays is left there.
    if (isInView || before === headMs || !(wasInView || mode === 'paused')) return
    const part = mode === 'following' ? 1 - AHEAD_PART : AHEAD_PART
    setZoom(panBy(axis, seen, place - (seen.from + part * (seen.to - seen.from))))
  })
  return {
    seen,
    isZoomed: zoom !== null,
    zoomAround: (place, factor) => setZoom(zoomAround(axis, seen, place, factor)),
    panBy: (distance) => setZoom(panBy(axis, seen, distance)),
    reset: () => setZoom(null),
  }
}
