import type { BuiltInEventType } from '../../protocol/event-types.js'
import { PART_FIELDS } from '../../protocol/parts.js'
import { toJson } from './event-json.js'

/** What the caller records, before it has a seq and a time. */
export interface EventContent {
  type: string
  data: unknown
  fileId?: string | null
  checkpoint?: boolean
  /**
   * `data` is JSON and the recorder's own from now on: nobody changes it any more. It is written out when no handler of the page waits
   * for it; what turns out to be no JSON then gets a stand-in, and the event `rejected` says so.
   */
  owned?: boolean
}

/** JSON in UTF-8 takes six bytes for a UTF-16 unit at most: `\u0000`. */
const MAX_UNIT_BYTES = 6
/** A long text travels in pieces of so many units at most, so that it shares the connection with other events. */
export const MOST_PIECE_UNITS = 64 * 1024
/** Below this much room for text per piece, an event is mostly other things and not worth cutting. */
const LEAST_PIECE_UNITS = 128
const MAX_PARTS = 4096
/** Brackets, commas, quotes and two offsets of up to ten digits. */
const CHANGE_UNITS = 32
/** Names of fields, and `part` with a UUID and two numbers. */
const PIECE_OVERHEAD_BYTES = 256

type Change = [offset: number, deleted: number, inserted: string]
type Fields = Record<string, unknown>

/**
 * Cuts an event whose long text could take more than `maxBytes` of JSON into consecutive events of the same type with
 * `part: { id, index, count }` [R7], which `joinParts` of the protocol makes whole again. The text is sliced by its units
 * and neither written out nor measured: a key handler waits for this. Answers the event itself where it is short,
 * where its type has no long text, or where what is not text is too long by itself.
 *
 * @param newId makes an id that no other cut event of the session has
 * @throws RecorderError where what is not cut is not JSON
 */
export function splitEvent(event: EventContent, maxBytes: number, newId: () => string): EventContent[] {
  const { type, data } = event
  const fields = PART_FIELDS[type as BuiltInEventType]
  if (!fields || typeof data !== 'object' || data === null || Array.isArray(data)) return [event]
  // The usual event is seen to be short without being copied or written out.
  let units = 0
  for (const field of fields) {
    const value = (data as Fields)[field]
    if (typeof value === 'string') units += value.length
    else if (Array.isArray(value)) for (const item of value) units += unitsOf(item)
  }
  if (units <= Math.min(MOST_PIECE_UNITS, maxBytes / MAX_UNIT_BYTES)) return [event]

  const repeated: Fields = { ...data }
  const cut: [field: string, value: string | readonly unknown[]][] = []
  for (const field of fields) {
    const value = repeated[field]
    if (typeof value !== 'string' && !Array.isArray(value)) continue
    cut.push([field, value])
    delete repeated[field]
  }
  const repeatedJson = toJson({ ...event, data: repeated }) as string
  const roomBytes = maxBytes - PIECE_OVERHEAD_BYTES - repeatedJson.length * 3
  const roomUnits = Math.min(MOST_PIECE_UNITS, Math.floor(roomBytes / MAX_UNIT_BYTES))
  if (roomUnits < LEAST_PIECE_UNITS) return [event]
  const pieces = new Pieces(roomUnits)
  for (const [field, value] of cut) {
    if (typeof value === 'string') pieces.addText(field, value)
    else if (!pieces.addList(field, value)) return [event]
  }
  const count = pieces.all.length
  if (count > MAX_PARTS) return [event]
  const id = newId()
  // Copies, since the pieces are written out later: what the caller does to `data` meanwhile must not reach them.
  const base = JSON.parse(repeatedJson) as EventContent & { data: Fields }
  return pieces.all.map((piece, index) => ({
    ...base,
    data: { ...base.data, ...piece, part: { id, index, count } },
  }))
}

/** Fills pieces one after another, each up to its room. */
class Pieces {
  readonly all: Fields[] = [{}]
  #left: number

  constructor(readonly roomUnits: number) {
    this.#left = roomUnits
  }

  addText(field: string, text: string): void {
    for (const slice of this.#slices(text)) this.#last[field] = slice
  }

  /** False where one item alone is too long and can't be cut. */
  addList(field: string, items: readonly unknown[]): boolean {
    this.#last[field] = []
    for (const item of items) {
      const units = unitsOf(item)
      if (units <= this.roomUnits) {
        if (units > this.#left) this.#next()
        this.#push(field, JSON.parse(toJson(item) ?? 'null'), units)
      } else if (isChange(item)) this.#addInsertion(field, item)
      else return false
    }
    return true
  }

  /**
   * A long insertion becomes several at the end of what the first one deletes, all of them offsets of the text
   * before the first piece: `[10, 4, "ab"]` then `[14, 0, "cd"]`.
   */
  #addInsertion(field: string, [offset, deleted, inserted]: Change): void {
    this.#next()
    let change: Change = [offset, deleted, '']
    for (const slice of this.#slices(inserted, CHANGE_UNITS)) {
      change[2] = slice
      this.#push(field, change, CHANGE_UNITS)
      change = [offset + deleted, 0, '']
    }
  }

  /** A text, each slice for the piece that is the last one then. None ends between the halves of a surrogate pair. */
  *#slices(text: string, besidesUnits = 0): Iterable<string> {
    let start = 0
    do {
      if (this.#left <= besidesUnits + 1) this.#next()
      let end = start + this.#left - besidesUnits
      if (isHigh(text.charCodeAt(end - 1)) && end < text.length) end--
      yield text.slice(start, end)
      this.#left -= Math.min(end, text.length) - start
      start = end
      if (start < text.length) this.#next()
    } while (start < text.length)
  }

  #push(field: string, item: unknown, units: number): void {
    const list = (this.#last[field] ?? []) as unknown[]
    list.push(item)
    this.#last[field] = list
    this.#left -= units
  }

  #next(): void {
    this.all.push({})
    this.#left = this.roomUnits
  }

  get #last(): Fields {
    return this.all[this.all.length - 1] as Fields
  }
}

const unitsOf = (item: unknown): number =>
  isChange(item) ? item[2].length + CHANGE_UNITS : (toJson(item) ?? 'null').length + 1

const isChange = (item: unknown): item is Change =>
  Array.isArray(item) && item.length === 3 && typeof item[2] === 'string'

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff
