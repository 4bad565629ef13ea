import { iterateEvents, readEvents, type Stores } from '../../db/read-events.js'
import type { EventPart } from '../../protocol/event-schemas.js'
import type { RecordedEvent } from '../../protocol/events.js'
import { joinParts, PART_FIELDS, partOf } from '../../protocol/parts.js'

/** An event whose text is whole. */
export interface WholeEvent {
  /** The event; where its text came in pieces, the last one. */
  event: RecordedEvent
  data: Record<string, unknown>
  /** More than {@link MAX_TEXT_CHARS}: the fields that were cut are null in `data`. */
  isTooLong: boolean
}

/** JSON of all pieces of one text. A page has room for it, and a process for some pages. */
export const MAX_TEXT_CHARS = 16 * 1024 * 1024
/** JSON of the pieces of texts of all sources that are not complete yet. */
const MAX_OPEN_CHARS = 32 * 1024 * 1024

/** A text of which pieces have come. Of one source there is at most one: its pieces follow each other directly [R7]. */
interface OpenText {
  type: string
  id: string
  /** Of the first piece that is held; those before it lie before what is read, or had no room. */
  heldFrom: number
  pieces: unknown[]
  heldChars: number
  last: { index: number; sourceSeq: number }
}

/**
 * The events of some types above `afterSeq`, those in pieces once, with the seq of their last piece. A text that lacks a
 * piece is left out: unknown is not a shorter text [R13]. What comes out does not depend on where reading began.
 */
export async function* wholeEvents(
  stores: Stores,
  sessionId: string,
  types: readonly string[],
  afterSeq: number,
): AsyncGenerator<WholeEvent> {
  const texts = new OpenTexts()
  for await (const page of iterateEvents(stores, sessionId, { afterSeq, types })) {
    for (const event of page) {
      const part = partOf(event.data)
      if (part === null) {
        texts.interrupted(event.source)
        yield { event, data: event.data as Record<string, unknown>, isTooLong: false }
        continue
      }
      const text = texts.take(event, part)
      if (text === null || part.index < part.count - 1) continue
      texts.interrupted(event.source)
      const whole = await wholeOf(stores, sessionId, event, text)
      if (whole !== null) yield whole
    }
  }
}

class OpenTexts {
  readonly #open = new Map<number, OpenText>()
  /** Sources of which an event was seen: what they sent before it was seen too, or lies before what is read. */
  readonly #seen = new Set<number>()
  #chars = 0

  /** The source has gone on to something else. */
  interrupted(source: number): void {
    this.#seen.add(source)
    this.#chars -= this.#open.get(source)?.heldChars ?? 0
    this.#open.delete(source)
  }

  /** The text that a piece belongs to, or null where it follows on nothing. */
  take({ type, source, sourceSeq, data }: RecordedEvent, { id, index }: { id: string; index: number }) {
    let text = this.#open.get(source)
    const follows =
      text?.type === type &&
      text.id === id &&
      text.last.index === index - 1 &&
      text.last.sourceSeq === sourceSeq - 1
    if (!follows) {
      const mayHaveBegunBefore = index > 0 && !this.#seen.has(source)
      this.interrupted(source)
      if (index > 0 && !mayHaveBegunBefore) return null
      text = { type, id, heldFrom: index, pieces: [], heldChars: 0, last: { index, sourceSeq } }
      this.#open.set(source, text)
    }
    const known = text as OpenText
    const chars = JSON.stringify(data).length
    known.pieces.push(data)
    known.last = { index, sourceSeq }
    known.heldChars += chars
    this.#chars += chars
    if (known.heldChars > MAX_TEXT_CHARS || this.#chars > MAX_OPEN_CHARS) this.#letGo(known)
    return known
  }

  /** Its pieces are read again if it becomes complete. */
  #letGo(text: OpenText): void {
    this.#chars -= text.heldChars
    text.pieces = []
    text.heldChars = 0
    text.heldFrom = text.last.index + 1
  }
}

async function wholeOf(
  stores: Stores,
  sessionId: string,
  event: RecordedEvent,
  { type, id, heldFrom, heldChars, pieces, last }: OpenText,
): Promise<WholeEvent | null> {
  const missing = { type, id, index: heldFrom - 1, sourceSeq: last.sourceSeq - (last.index - heldFrom) - 1 }
  const earlier = await earlierPieces(stores, sessionId, event, missing, MAX_TEXT_CHARS - heldChars)
  if (earlier === null) return null
  if (earlier !== 'too long')
    return { event, data: joinParts(type, [...earlier, ...pieces]), isTooLong: false }
  const data: Record<string, unknown> = { ...(event.data as object) }
  for (const field of PART_FIELDS[type as keyof typeof PART_FIELDS] ?? []) data[field] = null
  delete data.part
  return { event, data, isTooLong: true }
}

/** Seqs that are looked through at first for the piece before; then twice as many, and so on. */
const FIRST_WINDOW_SEQS = 64
const MAX_WINDOW_SEQS = 20_000

/**
 * The pieces from the first one to `index`, which lie before `event` and follow each other directly; null where one is
 * not there. Never holds more than `roomChars` of them.
 */
async function earlierPieces(
  stores: Stores,
  sessionId: string,
  { seq, source }: RecordedEvent,
  wanted: { type: string; id: string; index: number; sourceSeq: number },
  roomChars: number,
): Promise<unknown[] | 'too long' | null> {
  const found: unknown[] = []
  let { index, sourceSeq } = wanted
  let chars = 0
  let span = FIRST_WINDOW_SEQS
  for (let throughSeq = seq - 1; index >= 0 && throughSeq > 0; ) {
    const afterSeq = Math.max(0, throughSeq - span)
    const window = await ownEvents(stores, sessionId, source, afterSeq, throughSeq, roomChars)
    for (const event of window.reverse()) {
      // Held already, or of a text before this one.
      if (event.sourceSeq > sourceSeq) continue
      if (index < 0) break
      const isNext = event.type === wanted.type && event.sourceSeq === sourceSeq
      if (!isNext || event.part?.id !== wanted.id || event.part.index !== index) return null
      chars += event.chars
      if (chars <= roomChars) found.unshift(event.data)
      index--
      sourceSeq--
    }
    throughSeq = afterSeq
    span = Math.min(span * 2, MAX_WINDOW_SEQS)
  }
  if (index >= 0) return null
  return chars > roomChars ? 'too long' : found
}

interface OwnEvent {
  type: string
  sourceSeq: number
  part: EventPart | null
  chars: number
  data: unknown
}

/** A source's events between two seqs; of the newest of them the data, as far as there is room. */
async function ownEvents(
  stores: Stores,
  sessionId: string,
  source: number,
  afterSeq: number,
  throughSeq: number,
  roomChars: number,
): Promise<OwnEvent[]> {
  const events: OwnEvent[] = []
  let chars = 0
  let oldestWithData = 0
  for (let next: number | null = afterSeq; next !== null && next < throughSeq; ) {
    const page = await readEvents(stores, sessionId, {
      afterSeq: next,
      limit: PAGE_EVENTS,
      sources: [source],
    })
    for (const { seq, type, sourceSeq, data } of page.events) {
      if (seq > throughSeq) break
      const size = JSON.stringify(data).length
      events.push({ type, sourceSeq, part: partOf(data), chars: size, data })
      chars += size
      for (; chars > roomChars && oldestWithData < events.length; oldestWithData++) {
        const oldest = events[oldestWithData] as OwnEvent
        chars -= oldest.chars
        oldest.data = null
      }
    }
    next = page.nextAfterSeq
  }
  return events
}

const PAGE_EVENTS = 1000
