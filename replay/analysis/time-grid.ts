import type { RecordedEvent } from '../../protocol/events.js'
import { DENSITY_KINDS, type DensityKind } from '../../protocol/http/analysis.js'
import { type EventRef, refOf } from './tally.js'

const FIRST_WIDTH_MS = 1000
const MAX_CELLS = 2048

/** First and last event of a kind within some time. */
export interface Extent {
  first: EventRef
  last: EventRef
}

interface Cell {
  counts: number[]
  /** Of what the candidate's side did. */
  active: Extent | null
  edited: Extent | null
  edits: number
  insertedChars: number
  deletedChars: number
}

/** A time without a gap of more than the length asked for. */
export interface Stretch extends Extent {
  edits: number
  insertedChars: number
  deletedChars: number
}

export interface Density {
  bucketMs: number
  startMs: number | null
  kinds: Record<DensityKind, number[]>
}

/**
 * When things happened, in cells of equal width. Only cells that something happened in are kept, and when they
 * become too many, the width doubles: memory is bounded, and since a cell keeps its first and last moment exactly,
 * gaps longer than the width are known to the millisecond. The width depends on the set of timestamps alone,
 * never on the order of their arrival.
 */
export class TimeGrid {
  private cells = new Map<number, Cell>()
  private width = FIRST_WIDTH_MS

  get widthMs(): number {
    return this.width
  }

  add(event: RecordedEvent, kind: DensityKind, isActivity: boolean): void {
    const cell = this.cellAt(event.timestamp)
    const index = DENSITY_KINDS.indexOf(kind)
    cell.counts[index] = (cell.counts[index] ?? 0) + 1
    if (isActivity) cell.active = extended(cell.active, event)
  }

  addEdit(event: RecordedEvent, insertedChars: number, deletedChars: number): void {
    const cell = this.cellAt(event.timestamp)
    cell.edited = extended(cell.edited, event)
    cell.edits++
    cell.insertedChars += insertedChars
    cell.deletedChars += deletedChars
  }

  /** Times with no two neighbours more than `gapMs` apart, in order. Exact while `gapMs` is at least the width. */
  stretches(of: 'active' | 'edited', gapMs: number): Stretch[] {
    const stretches: Stretch[] = []
    for (const [, cell] of this.sorted()) {
      const extent = cell[of]
      if (extent === null) continue
      const last = stretches.at(-1)
      const { edits, insertedChars, deletedChars } = cell
      if (last === undefined || extent.first.timestamp - last.last.timestamp > gapMs) {
        stretches.push({ ...extent, edits, insertedChars, deletedChars })
      } else {
        last.last = extent.last
        last.edits += edits
        last.insertedChars += insertedChars
        last.deletedChars += deletedChars
      }
    }
    return stretches
  }

  density(buckets: number): Density {
    const cells = this.sorted()
    const kinds = Object.fromEntries(DENSITY_KINDS.map((kind) => [kind, [] as number[]])) as Density['kinds']
    const [first, last] = [cells[0]?.[0], cells.at(-1)?.[0]]
    if (first === undefined || last === undefined) return { bucketMs: this.width, startMs: null, kinds }
    const perBucket = Math.ceil((last - first + 1) / buckets)
    const count = Math.floor((last - first) / perBucket) + 1
    for (const kind of DENSITY_KINDS) kinds[kind] = new Array(count).fill(0)
    for (const [at, cell] of cells) {
      const bucket = Math.floor((at - first) / perBucket)
      DENSITY_KINDS.forEach((kind, i) => {
        kinds[kind][bucket] = (kinds[kind][bucket] ?? 0) + (cell.counts[i] ?? 0)
      })
    }
    return { bucketMs: this.width * perBucket, startMs: first * this.width, kinds }
  }

  save() {
    let before = 0
    const cells = this.sorted().map(([at, cell]) => {
      const row = [
        at - before,
        ...offsets(cell.active, at * this.width),
        ...offsets(cell.edited, at * this.width),
        cell.edits,
        cell.insertedChars,
        cell.deletedChars,
        ...cell.counts,
      ]
      before = at
      return row
    })
    return { widthMs: this.width, cells }
  }

  restore(saved: ReturnType<TimeGrid['save']>): void {
    this.width = saved.widthMs
    let at = 0
    for (const row of saved.cells) {
      const [step = 0, activeFirst, activeLast, editFirst, editLast, edits, inserted, deleted, ...counts] =
        row
      at += step
      this.cells.set(at, {
        counts,
        active: extentAt(activeFirst, activeLast, at * this.width),
        edited: extentAt(editFirst, editLast, at * this.width),
        edits: edits ?? 0,
        insertedChars: inserted ?? 0,
        deletedChars: deleted ?? 0,
      })
    }
  }

  private cellAt(timestamp: number): Cell {
    const at = Math.floor(timestamp / this.width)
    const known = this.cells.get(at)
    if (known !== undefined) return known
    const fresh: Cell = {
      counts: DENSITY_KINDS.map(() => 0),
      active: null,
      edited: null,
      edits: 0,
      insertedChars: 0,
      deletedChars: 0,
    }
    this.cells.set(at, fresh)
    if (this.cells.size <= MAX_CELLS) return fresh
    while (this.cells.size > MAX_CELLS) this.coarsen()
    return this.cells.get(Math.floor(timestamp / this.width)) as Cell
  }

  private coarsen(): void {
    const cells = new Map<number, Cell>()
    this.width *= 2
    for (const [at, cell] of this.cells) {
      const other = cells.get(Math.floor(at / 2))
      cells.set(Math.floor(at / 2), other === undefined ? cell : joined(other, cell))
    }
    this.cells = cells
  }

  private sorted(): [number, Cell][] {
    return [...this.cells].sort(([a], [b]) => a - b)
  }
}

const isBefore = (a: EventRef, b: EventRef): boolean =>
  a.timestamp < b.timestamp || (a.timestamp === b.timestamp && a.seq < b.seq)

export function extended(extent: Extent | null, event: EventRef): Extent {
  if (extent === null) return { first: refOf(event), last: refOf(event) }
  return {
    first: isBefore(event, extent.first) ? refOf(event) : extent.first,
    last: isBefore(extent.last, event) ? refOf(event) : extent.last,
  }
}

function joined(a: Cell, b: Cell): Cell {
  return {
    counts: a.counts.map((count, i) => count + (b.counts[i] ?? 0)),
    active: both(a.active, b.active),
    edited: both(a.edited, b.edited),
    edits: a.edits + b.edits,
    insertedChars: a.insertedChars + b.insertedChars,
    deletedChars: a.deletedChars + b.deletedChars,
  }
}

const both = (a: Extent | null, b: Extent | null): Extent | null =>
  a === null || b === null ? (a ?? b) : extended(extended(a, b.first), b.last)

const offsets = (extent: Extent | null, startMs: number): [number, number] =>
  extent === null ? [-1, -1] : [extent.first.timestamp - startMs, extent.last.timestamp - startMs]

/** Which events they were is known to explainers alone, and those are never saved. */
const extentAt = (first: number | undefined, last: number | undefined, startMs: number): Extent | null =>
  first === undefined || last === undefined || first < 0
    ? null
    : { first: momentAt(startMs + first), last: momentAt(startMs + last) }

const momentAt = (timestamp: number): EventRef => ({ seq: 0, timestamp, type: '' })
