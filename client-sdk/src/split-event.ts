import type { BuiltInEventType } from '../../protocol/event-types.js'
import { PART_FIELDS } from '../../protocol/parts.js'
import { toJson } from './event-json.js'
import { jsonPiece, utf8Bytes } from './json-bytes.js'

/** What the caller records, before it has a seq and a time. */
export interface EventContent {
  type: string
  data: unknown
  fileId?: string | null
  checkpoint?: boolean
}

/** Below this much room for text per piece, an event is mostly other things and not worth cutting. */
const MIN_ROOM_BYTES = 1024
/** `"field":""` and a comma, or the brackets of a list; generous, since it only makes pieces a little smaller. */
const FIELD_OVERHEAD_BYTES = 32
/** A UUID as the id and two numbers of up to four digits. */
const PART_OVERHEAD = { id: '00000000-0000-0000-0000-000000000000', index: 4096, count: 4096 }
const MAX_PARTS = 4096
/** A pair or an escape, and some. */
const MIN_TEXT_BYTES = 64
/** Brackets, commas, quotes and two offsets. */
const CHANGE_OVERHEAD_BYTES = 64

/**
 * Cuts an event that takes more than `pieceBytes` of JSON into consecutive events of the same type with
 * `part: { id, index, count }` [R7], which `joinParts` of the protocol makes whole again. Answers the event
 * itself where its type has no long text, or where what is not text is too long by itself.
 *
 * @param partId an id that no other cut event of the session has
 */
export function splitEvent(event: EventContent, pieceBytes: number, partId: string): EventContent[] {
  const fields = PART_FIELDS[event.type as BuiltInEventType]
  const { data } = event
  if (!fields || typeof data !== 'object' || data === null || Array.isArray(data)) return [event]
  const source = data as Record<string, unknown>
  const cut = fields.filter((field) => typeof source[field] === 'string' || Array.isArray(source[field]))
  const repeated = Object.fromEntries(Object.entries(source).filter(([key]) => !cut.includes(key)))

  const base = { ...event, data: { ...repeated, part: PART_OVERHEAD } }
  const roomBytes = pieceBytes - utf8Bytes(toJson(base)) - cut.length * FIELD_OVERHEAD_BYTES
  if (roomBytes < MIN_ROOM_BYTES) return [event]

  const pieces = new Pieces(roomBytes)
  for (const field of cut) {
    const value = source[field]
    if (typeof value === 'string') pieces.addText(field, value)
    else if (!pieces.addList(field, value as unknown[])) return [event]
  }
  if (pieces.all.length === 1 || pieces.all.length > MAX_PARTS) return [event]
  return pieces.all.map((piece, index) => ({
    ...event,
    data: { ...repeated, ...piece, part: { id: partId, index, count: pieces.all.length } },
  }))
}

/** Whether an event has a text that makes it longer than `bytes` for sure; tells so without looking at the text. */
export function isSurelyLong({ type, data }: EventContent, bytes: number): boolean {
  const fields = PART_FIELDS[type as BuiltInEventType]
  if (!fields || typeof data !== 'object' || data === null) return false
  return fields.some((field) => {
    const value = (data as Record<string, unknown>)[field]
    if (Array.isArray(value)) return value.some((item) => isInsertion(item) && item[2].length > bytes)
    return typeof value === 'string' && value.length > bytes
  })
}

/** Fills pieces one after another, each up to its room. */
class Pieces {
  readonly all: Record<string, unknown>[] = [{}]
  #leftBytes: number

  constructor(readonly roomBytes: number) {
    this.#leftBytes = roomBytes
  }

  addText(field: string, text: string): void {
    let start = 0
    do {
      // Room for the longest character at least: then a piece never takes more than its room.
      if (this.#leftBytes < MIN_TEXT_BYTES) this.#next()
      const { end, bytes } = jsonPiece(text, start, this.#leftBytes)
      this.#current[field] = text.slice(start, end)
      this.#leftBytes -= bytes
      start = end
      if (start < text.length) this.#next()
    } while (start < text.length)
  }

  /** False where one item alone is too long and can't be cut. */
  addList(field: string, items: readonly unknown[]): boolean {
    this.#current[field] = []
    for (const item of items) {
      const isLong = isInsertion(item) && item[2].length > this.roomBytes
      const bytes = isLong ? Number.POSITIVE_INFINITY : utf8Bytes(toJson(item)) + 1
      if (bytes <= this.roomBytes) {
        if (bytes > this.#leftBytes) this.#next()
        this.#push(field, item, bytes)
      } else if (isInsertion(item)) this.#addInsertion(field, item)
      else return false
    }
    return true
  }

  /**
   * A long insertion becomes several at the end of what the first one deletes, all of them offsets of the text
   * before the first piece: `[10, 4, "ab"]` then `[14, 0, "cd"]`.
   */
  #addInsertion(field: string, [offset, deleted, inserted]: Change): void {
    let start = 0
    while (start < inserted.length) {
      this.#next()
      const { end, bytes } = jsonPiece(inserted, start, this.roomBytes - CHANGE_OVERHEAD_BYTES)
      const text = inserted.slice(start, end)
      const change: Change = start === 0 ? [offset, deleted, text] : [offset + deleted, 0, text]
      this.#push(field, change, bytes + CHANGE_OVERHEAD_BYTES)
      start = end
    }
  }

  #push(field: string, item: unknown, bytes: number): void {
    const list = (this.#current[field] ?? []) as unknown[]
    list.push(item)
    this.#current[field] = list
    this.#leftBytes -= bytes
  }

  #next(): void {
    this.all.push({})
    this.#leftBytes = this.roomBytes
  }

  get #current(): Record<string, unknown> {
    return this.all[this.all.length - 1] as Record<string, unknown>
  }
}

type Change = [offset: number, deleted: number, inserted: string]

const isInsertion = (item: unknown): item is Change =>
  Array.isArray(item) && item.length === 3 && typeof item[2] === 'string'
