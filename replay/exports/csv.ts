import type { SessionStats } from '../../protocol/http/analysis.js'
import { descriptionOf } from './csv-descriptions.js'
import { wellFormed } from './well-formed.js'

type Cell = string | number | boolean | null

/**
 * The statistics as CSV (RFC 4180): every number that GET /stats gives, one a row, as `metric,value,unit,description`.
 * A metric is named by its path there, places in a list counted from 1. What is not known is an empty value.
 */
export function* statsCsv(stats: SessionStats): Generator<string> {
  yield rowOf(['metric', 'value', 'unit', 'description'])
  for (const [metric, value] of leavesOf(stats)) {
    const { unit, description } = descriptionOf(metric.replace(/\.\d+(?=\.|$)/g, '.*'))
    const isTime = unit === 'UTC' && typeof value === 'number'
    yield rowOf([metric, isTime ? timeOf(value) : value, unit, description])
  }
}

/** Every value that holds no others, with the path to it. */
export function* leavesOf(value: unknown, path = ''): Generator<[path: string, value: Cell]> {
  if (typeof value !== 'object' || value === null) {
    yield [path, value as Cell]
    return
  }
  const entries = Array.isArray(value)
    ? value.map((item, i) => [String(i + 1), item] as const)
    : Object.entries(value)
  for (const [key, inner] of entries) yield* leavesOf(inner, path === '' ? key : `${path}.${key}`)
}

const rowOf = (cells: readonly Cell[]): string => `${cells.map(cellOf).join(',')}\r\n`

/** A text that a spreadsheet would take for a formula, or could hide one behind. */
const FORMULA = /^[\s\p{Cf}]*[=+\-@|%\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/u

function cellOf(cell: Cell): string {
  if (cell === null) return ''
  if (typeof cell !== 'string') return String(cell)
  const text = wellFormed(cell).replaceAll('\0', '\ufffd')
  const guarded = FORMULA.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded
}

/** ISO 8601; empty where a claimed time is none that a calendar has. */
const timeOf = (epochMs: number): string =>
  Math.abs(epochMs) <= 8.64e15 ? new Date(epochMs).toISOString() : ''
