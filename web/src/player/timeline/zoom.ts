import type { Stretch } from '../../../../replay/index.js'
import type { TimeAxis } from './time-axis.js'

/** The shortest stretch that fills the timeline. */
const CLOSEST_MS = 10_000

/** What part of an axis is seen, as places on it. */
export interface Seen {
  from: number
  to: number
}

/** The seen part; `zoom` null means all of it. */
export function seenOf(axis: TimeAxis, zoom: Stretch | null): Seen {
  if (zoom === null) return { from: 0, to: axis.length }
  return { from: axis.placeOf(zoom.fromMs), to: axis.placeOf(zoom.toMs) }
}

/** Shows `factor` times as much of the axis, with `place` staying where it is on screen. Null: all of it. */
export function zoomAround(axis: TimeAxis, seen: Seen, place: number, factor: number): Stretch | null {
  const closest = Math.min(CLOSEST_MS, axis.length)
  const width = Math.max(closest, (seen.to - seen.from) * factor)
  if (width >= axis.length) return null
  const part = (place - seen.from) / (seen.to - seen.from)
  return stretchOf(axis, place - part * width, width)
}

/** Moves the seen part by a distance on the axis, as far as the axis goes. */
export const panBy = (axis: TimeAxis, seen: Seen, distance: number): Stretch | null =>
  seen.to - seen.from >= axis.length ? null : stretchOf(axis, seen.from + distance, seen.to - seen.from)

function stretchOf(axis: TimeAxis, from: number, width: number): Stretch {
  const start = Math.min(Math.max(0, from), axis.length - width)
  return { fromMs: axis.timeAt(start), toMs: axis.timeAt(start + width) }
}
