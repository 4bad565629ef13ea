import type { Overview, OverviewMark } from '../../../../replay/index.js'
import { countWhile } from '../stretches.js'
import type { TimeAxis } from './time-axis.js'
import type { Seen } from './zoom.js'

/** What is to be painted, in CSS pixels from the left. */
export interface TimelinePicture {
  width: number
  bars: { edits: Bar[]; terminal: Bar[] }
  marks: { x: number; mark: OverviewMark }[]
  folds: { x: number; width: number; ms: number }[]
  breaks: { x: number; width: number }[]
  ticks: { x: number; sinceStartMs: number }[]
}

interface Bar {
  x: number
  width: number
  /** 0 to 1. */
  level: number
}

/** A bar, as wide as it is where more than one bin falls into it. */
export const BAR_PX = 3
/** Marks of one lane and kind that are no further apart are one. */
const MARK_APART_PX = 3
const TICK_APART_PX = 88
const TICK_LABEL_PX = 36
const TICKS_SEC = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400]

/** The part of a recording that is seen. Costs as much as the overview is long, never as the recording. */
export function pictureOf(overview: Overview, axis: TimeAxis, seen: Seen, width: number): TimelinePicture {
  const perPlace = width / Math.max(1, seen.to - seen.from)
  const xOf = (atMs: number): number => (axis.placeOf(atMs) - seen.from) * perPlace
  const stretch = (fromMs: number, toMs: number) => ({ x: xOf(fromMs), width: xOf(toMs) - xOf(fromMs) })
  const isSeen = ({ x, width: across }: { x: number; width: number }) => x + across >= 0 && x <= width
  const { density, breaks } = overview
  return {
    width,
    bars: {
      edits: barsOf(density.edits, density.binMs, overview.startMs, xOf, width),
      terminal: barsOf(density.terminal, density.binMs, overview.startMs, xOf, width),
    },
    marks: marksOf(overview.marks, axis.timeAt(seen.from), axis.timeAt(seen.to), xOf),
    folds: axis.folds
      .map(({ fromMs, toMs }) => ({ ...stretch(fromMs, toMs), ms: toMs - fromMs }))
      .filter(isSeen),
    breaks: breaks.map(({ fromMs, toMs }) => stretch(fromMs, toMs)).filter(isSeen),
    ticks: ticksOf(axis, seen, perPlace, xOf).filter(({ x }) => x < width - TICK_LABEL_PX),
  }
}

function barsOf(
  counts: readonly number[],
  binMs: number,
  startMs: number,
  xOf: (atMs: number) => number,
  width: number,
): Bar[] {
  // By column: the most that a bin in it has, so that a short burst does not vanish in a wide view.
  const columns = new Map<number, { x: number; end: number; count: number }>()
  counts.forEach((count, i) => {
    if (count === 0) return
    const x = xOf(startMs + i * binMs)
    const end = xOf(startMs + (i + 1) * binMs)
    if (end < 0 || x > width) return
    const column = Math.floor(x / BAR_PX)
    const known = columns.get(column)
    if (known === undefined) columns.set(column, { x: column * BAR_PX, end, count })
    else Object.assign(known, { end, count: Math.max(known.count, count) })
  })
  // Against the whole recording, not against what is seen: zooming must not make little look like much.
  const most = usualMost(counts)
  return [...columns.values()].map(({ x, end, count }) => ({
    x,
    width: Math.max(BAR_PX, end - x),
    level: Math.min(1, Math.sqrt(count / most)),
  }))
}

/** What stands at full height. A few bursts (a flood of output) stand there too and don't flatten all the rest. */
function usualMost(counts: readonly number[]): number {
  const busy = counts.filter((count) => count > 0).sort((a, b) => a - b)
  return busy[Math.floor((busy.length - 1) * 0.95)] ?? 1
}

function marksOf(
  marks: readonly OverviewMark[],
  fromMs: number,
  toMs: number,
  xOf: (atMs: number) => number,
): TimelinePicture['marks'] {
  const shown: TimelinePicture['marks'] = []
  const taken = new Map<string, number>()
  for (let i = countWhile(marks, ({ atMs }) => atMs < fromMs); i < marks.length; i++) {
    const mark = marks[i] as OverviewMark
    if (mark.atMs > toMs) break
    const x = xOf(mark.atMs)
    const kind = `${mark.lane} ${mark.kind}`
    if (x - (taken.get(kind) ?? Number.NEGATIVE_INFINITY) < MARK_APART_PX) continue
    taken.set(kind, x)
    shown.push({ x, mark })
  }
  return shown
}

/** Round times, far enough apart to be written; where the axis is folded, some find no room. */
function ticksOf(
  axis: TimeAxis,
  seen: Seen,
  perPlace: number,
  xOf: (atMs: number) => number,
): TimelinePicture['ticks'] {
  const leastMs = TICK_APART_PX / perPlace
  const stepMs = (TICKS_SEC.find((sec) => sec * 1000 >= leastMs) ?? 86_400) * 1000
  const firstMs = axis.timeAt(seen.from) - axis.startMs
  const lastMs = axis.timeAt(seen.to) - axis.startMs
  const ticks: TimelinePicture['ticks'] = []
  // A recording of months on end has no room for more.
  const step = Math.max(stepMs, Math.ceil((lastMs - firstMs) / 2000 / stepMs) * stepMs)
  for (let at = Math.ceil(firstMs / step) * step; at <= lastMs; at += step) {
    const x = xOf(axis.startMs + at)
    if (x - (ticks.at(-1)?.x ?? Number.NEGATIVE_INFINITY) >= TICK_APART_PX * 0.75)
      ticks.push({ x, sinceStartMs: at })
  }
  return ticks
}
