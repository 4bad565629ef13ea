import type { RecordedEvent } from '../../protocol/events.js'
import { partOf } from '../../protocol/parts.js'
import { asSent } from '../../protocol/repairs.js'
import { EMPTY_FOLD, type Fold } from '../fold/fold.js'
import { assemble } from '../fold/parts.js'
import type { ExportSource } from './recording.js'

/** Pieces that wait for the rest of their event take up no more than this, over all sources. */
export const MAX_PENDING_CHARS = 32 * 1024 * 1024

/**
 * Makes long events whole again [R7], by the rules of replay: what is incomplete is left out. Unlike a replay it
 * holds only so much; an event that is larger is left out as if a piece of it were missing.
 */
export class PartJoiner {
  /** Pieces that were left out, because others were missing or too large. */
  leftOut = 0
  private pending: Fold['pending'] = EMPTY_FOLD.pending
  private readonly pendingChars = new Map<number, number>()
  private totalChars = 0

  constructor(private readonly maxPendingChars = MAX_PENDING_CHARS) {}

  /** The event where it is whole, or with its last piece; null while pieces are to come, and for what is left out. */
  join(recorded: RecordedEvent): RecordedEvent | null {
    const event = asSent(recorded)
    const isPiece = partOf(event.data) !== null
    if (!isPiece && this.pending.size === 0) return event
    const assembled = assemble({ ...EMPTY_FOLD, pending: this.pending }, event)
    this.pending = assembled.fold.pending
    this.leftOut += assembled.fold.divergences.length
    const isOpen = this.pending.get(String(event.source)) !== undefined
    if (isOpen) this.hold(event)
    else this.letGo(event.source)
    return assembled.kind === 'whole' ? assembled.event : null
  }

  private hold({ source, data }: RecordedEvent): void {
    const chars = JSON.stringify(data)?.length ?? 0
    this.totalChars += chars
    this.pendingChars.set(source, (this.pendingChars.get(source) ?? 0) + chars)
    if (this.totalChars <= this.maxPendingChars) return
    this.pending = this.pending.delete(String(source))
    this.leftOut++
    this.letGo(source)
  }

  private letGo(source: number): void {
    this.totalChars -= this.pendingChars.get(source) ?? 0
    this.pendingChars.delete(source)
  }
}

/** The events of these types, each whole, one by one. */
export async function* wholeEvents(
  source: ExportSource,
  types?: readonly string[],
  joiner = new PartJoiner(),
): AsyncGenerator<RecordedEvent> {
  for await (const page of source.events(types)) {
    for (const event of page) {
      const whole = joiner.join(event)
      if (whole !== null) yield whole
    }
  }
}
