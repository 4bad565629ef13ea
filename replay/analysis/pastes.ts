import type { RecordedEvent } from '../../protocol/events.js'
import { type Limits, MAX_PASTE_ITEMS, MAX_SOURCES } from './limits.js'
import { claimOf, type EventRef, refOf } from './tally.js'

/** An edit and a signal of one source that tell of the same paste lie no further apart. */
const SAME_PASTE_MS = 1000

export type PasteFrom = 'outside' | 'own' | 'ai' | 'unknown'

export interface Paste extends EventRef {
  filePath: string | null
  lengthChars: number | null
  kind: 'paste' | 'drop'
  from: PasteFrom
}

/** What a source told last, while its other half may still come. */
interface Waiting {
  paste: Paste
  told: 'edit' | 'signal'
}

/**
 * The pastes of a session. The page tells of one twice: by the edit that it made, and by a `paste` signal, which
 * also tells of pastes into what is not an editor. Both are paired within their source, in its own order.
 */
export class Pastes {
  /** The first so many, except for explainers, which keep all. */
  private items: Paste[] = []
  private readonly waiting = new Map<number, Waiting>()
  private total = { count: 0, chars: 0, outsideCount: 0, outsideChars: 0, largestChars: -1 }

  constructor(
    private readonly limits: Limits,
    private readonly keepAll: boolean,
  ) {}

  addSignal(event: RecordedEvent, lengthChars: unknown): void {
    const before = this.takeWaiting(event, 'edit')
    if (before !== null) return
    this.wait(event, 'signal', {
      ...refOf(event),
      filePath: event.fileId,
      lengthChars: claimOf(lengthChars),
      kind: 'paste',
      from: 'unknown',
    })
  }

  addEdit(
    event: RecordedEvent,
    filePath: string,
    kind: Paste['kind'],
    insertedChars: number,
    from: PasteFrom,
  ): void {
    const paste: Paste = { ...refOf(event), filePath, lengthChars: insertedChars, kind, from }
    const signal = kind === 'paste' ? this.takeWaiting(event, 'signal') : null
    if (signal === null) {
      this.wait(event, 'edit', paste)
      return
    }
    // The edit knows more than the signal, and takes its place.
    this.count(signal, -1)
    Object.assign(signal, paste)
    this.count(signal, 1)
    this.largest(signal)
  }

  /** A paste from outside turns out to be from an answer that arrived later than the paste. */
  turnsOutFromAi(seq: number, insertedChars: number): void {
    this.total.outsideCount--
    this.total.outsideChars -= insertedChars
    const item = this.items.find((one) => one.seq === seq)
    if (item !== undefined) item.from = 'ai'
    for (const { paste } of this.waiting.values()) if (paste.seq === seq) paste.from = 'ai'
  }

  get isWithinBounds(): boolean {
    return this.items.length <= MAX_PASTE_ITEMS
  }

  totals() {
    let largest = this.total.largestChars
    for (const { paste } of this.waiting.values()) largest = Math.max(largest, paste.lengthChars ?? -1)
    return { ...this.total, largestChars: largest < 0 ? null : largest }
  }

  inOrderOfTime(): Paste[] {
    return [...this.items].sort((a, b) => a.timestamp - b.timestamp || a.seq - b.seq)
  }

  save() {
    const waiting = [...this.waiting].map(
      ([source, { paste, told }]) => [source, told, this.items.indexOf(paste), paste] as const,
    )
    return { items: this.items, waiting, total: this.total }
  }

  restore(saved: ReturnType<Pastes['save']>): void {
    this.items = saved.items.map((item) => ({ ...item }))
    this.total = { ...saved.total }
    for (const [source, told, index, paste] of saved.waiting)
      this.waiting.set(source, { told, paste: this.items[index] ?? { ...paste } })
  }

  private wait(event: RecordedEvent, told: Waiting['told'], paste: Paste): void {
    this.count(paste, 1)
    const before = this.waiting.get(event.source)
    if (before !== undefined) this.largest(before.paste)
    if (this.keepAll || this.items.length < MAX_PASTE_ITEMS) this.items.push(paste)
    else this.limits.reach('pastes')
    if (before === undefined && this.waiting.size >= MAX_SOURCES) {
      this.largest(paste)
      this.limits.reach('sources')
      return
    }
    this.waiting.set(event.source, { told, paste })
  }

  /** What the source told last, where it is the other half of this event's paste. */
  private takeWaiting(event: RecordedEvent, told: Waiting['told']): Paste | null {
    const last = this.waiting.get(event.source)
    if (last?.told !== told || event.timestamp - last.paste.timestamp > SAME_PASTE_MS) return null
    if (last.paste.kind === 'drop') return null
    this.waiting.delete(event.source)
    if (told === 'edit') this.largest(last.paste)
    return last.paste
  }

  private count(paste: Paste, sign: 1 | -1): void {
    const chars = paste.lengthChars ?? 0
    this.total.count += sign
    this.total.chars += sign * chars
    if (paste.from !== 'outside') return
    this.total.outsideCount += sign
    this.total.outsideChars += sign * chars
  }

  private largest({ lengthChars }: Paste): void {
    this.total.largestChars = Math.max(this.total.largestChars, lengthChars ?? -1)
  }
}
