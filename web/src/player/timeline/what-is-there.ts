import type { Overview, OverviewMark } from '../../../../replay/index.js'
import { counted, span } from '../../ui/format.js'
import { countWhile, lastStartingBy } from '../stretches.js'
import { FOLDED_FROM_MS } from './time-axis.js'

export interface WhatIsThere {
  /** The nearest mark in reach: where a click goes. */
  nearest: OverviewMark | null
  /** What there is, each kind of thing once, in the order of time. */
  marks: readonly { mark: OverviewMark; count: number }[]
  /** How many marks in reach are not among `marks`. */
  moreMarks: number
  /** Stretches and activity, in words. */
  facts: string[]
}

const MAX_KINDS = 5

/** What a pointer between two moments means; `atMs` is the one under its tip. */
export function whatIsThere(overview: Overview, fromMs: number, atMs: number, toMs: number): WhatIsThere {
  const { marks, breaks, silences } = overview
  const first = countWhile(marks, (mark) => mark.atMs < fromMs)
  const end = countWhile(marks, (mark) => mark.atMs <= toMs)
  let nearest: OverviewMark | null = null
  const alike = new Map<string, { mark: OverviewMark; count: number }>()
  for (let i = first; i < end; i++) {
    const mark = marks[i] as OverviewMark
    const same = alike.get(mark.label)
    if (same === undefined) alike.set(mark.label, { mark, count: 1 })
    else same.count += 1
    if (nearest === null || Math.abs(mark.atMs - atMs) < Math.abs(nearest.atMs - atMs)) nearest = mark
  }
  const facts: string[] = []
  const pause = breaks.find((each) => each.fromMs <= atMs && atMs <= each.toMs)
  if (pause !== undefined) facts.push(pause.label)
  const silence = lastStartingBy(silences, atMs)
  if (silence !== undefined && atMs < silence.toMs && silence.toMs - silence.fromMs >= FOLDED_FROM_MS)
    facts.push(`Nothing for ${span(silence.toMs - silence.fromMs)}`)
  const edits = countIn(overview, 'edits', fromMs, toMs)
  const terminal = countIn(overview, 'terminal', fromMs, toMs)
  if (edits > 0) facts.push(counted(edits, 'edit'))
  if (terminal > 0) facts.push(`${counted(terminal, 'event')} of the terminal`)
  const listed = [...alike.values()].slice(0, MAX_KINDS)
  const moreMarks = listed.reduce((left, { count }) => left - count, end - first)
  return { nearest, marks: listed, moreMarks, facts }
}

/** How many of a lane lie between two moments, as exactly as the bins tell. */
function countIn(overview: Overview, lane: 'edits' | 'terminal', fromMs: number, toMs: number): number {
  const { binMs } = overview.density
  const first = Math.max(0, Math.floor((fromMs - overview.startMs) / binMs))
  const last = Math.floor((toMs - overview.startMs) / binMs)
  let sum = 0
  const counts = overview.density[lane]
  for (let bin = first; bin <= last && bin < counts.length; bin++) sum += counts[bin] as number
  return sum
}
