import type { RecordedEvent } from '../../protocol/events.js'
import { joinParts, partOf } from '../../protocol/parts.js'
import type { Run } from './traced-text.js'

/** An event with the pieces it came in [R7]; mostly one, the event itself. */
export interface WholeEvent {
  readonly event: RecordedEvent
  readonly pieces: readonly RecordedEvent[]
}

/** What an event completes, and which pieces it shows to be without their rest. */
export interface Assembled {
  readonly whole: WholeEvent | null
  readonly dropped: readonly RecordedEvent[]
}

/** Joins pieces exactly as replay does (fold/parts.ts): what replay leaves out must be left out here. */
export class EventAssembler {
  readonly #open = new Map<number, { id: string; type: string; pieces: RecordedEvent[] }>()

  take(event: RecordedEvent): Assembled {
    const part = partOf(event.data)
    const open = this.#open.get(event.source)
    const isWhole = part === null || part.count === 1
    const continues =
      open !== undefined &&
      part !== null &&
      part.id === open.id &&
      event.type === open.type &&
      part.index === open.pieces.length
    const dropped = open !== undefined && !continues ? open.pieces : []
    if (!continues) this.#open.delete(event.source)
    if (isWhole) return { whole: { event, pieces: [event] }, dropped }
    if (!continues && part.index > 0) return { whole: null, dropped: [...dropped, event] }

    const pieces = continues ? open.pieces : []
    pieces.push(event)
    if (pieces.length < part.count) {
      this.#open.set(event.source, { id: part.id, type: event.type, pieces })
      return { whole: null, dropped }
    }
    this.#open.delete(event.source)
    const data = joinParts(
      event.type,
      pieces.map((piece) => piece.data),
    )
    return { whole: { event: { ...event, data }, pieces }, dropped }
  }

  /** At the end: the pieces that still wait for others. */
  rest(): RecordedEvent[] {
    return [...this.#open.values()].flatMap(({ pieces }) => pieces)
  }
}

/** Where the text of a cut field stands. */
export function fieldRuns({ pieces }: WholeEvent, name: string): Run[] {
  return pieces.flatMap(({ seq, data }) => {
    const text = fieldsOf(data)[name]
    return typeof text === 'string' ? [{ seq, field: `/data/${name}`, at: 0, text }] : []
  })
}

/** The piece that brought item `index` of a cut list, and its place there. */
export function itemPlace(
  { pieces }: WholeEvent,
  name: string,
  index: number,
): { seq: number; field: string } {
  let before = 0
  for (const { seq, data } of pieces) {
    const list = fieldsOf(data)[name]
    const count = Array.isArray(list) ? list.length : 0
    if (index < before + count) return { seq, field: `/data/${name}/${index - before}` }
    before += count
  }
  throw new RangeError(`no item ${index}`)
}

const fieldsOf = (data: unknown): Record<string, unknown> => (data ?? {}) as Record<string, unknown>
