import type { EventQueue, QueuedEvent } from './event-queue.js'

/** Some consecutive events, and whether a limit stopped it from being more. */
export interface CutBatch {
  events: QueuedEvent[]
  bytes: number
  isFull: boolean
}

/** The next batch from `fromSeq` up to `throughSeq`: one event at least, then as many as stay within both limits, what is around them apart. */
export function cutBatch(
  queue: EventQueue,
  fromSeq: number,
  maxEvents: number,
  maxBytes: number,
  throughSeq = queue.lastSeq,
): CutBatch {
  const events: QueuedEvent[] = []
  let bytes = 0
  for (let seq = fromSeq; seq <= throughSeq; seq++) {
    const event = queue.at(seq) as QueuedEvent
    const withIt = bytes + event.bytes + 1
    if (events.length > 0 && (events.length >= maxEvents || withIt > maxBytes))
      return { events, bytes, isFull: true }
    events.push(event)
    bytes = withIt
  }
  return { events, bytes, isFull: events.length >= maxEvents || bytes >= maxBytes }
}
