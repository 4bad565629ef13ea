import type { RecordedEvent } from './events.js'

// A repair is an event that the service appends in the place of one that PostgreSQL once refused [R5]. It has a seq of its
// own at the end, and says which one it replaces, and whose that was. Replay folds it where the other one stood.

/** The seq whose place an event has among those of its timestamp. */
export const placeSeqOf = ({ seq, replaces }: Pick<RecordedEvent, 'seq' | 'replaces'>): number =>
  replaces ?? seq

/** A repair as its writer sent it: under that one's source, and at its place there. Any other event as it is. */
export const asSent = <E extends RecordedEvent>(event: E): E =>
  event.original === undefined ? event : { ...event, ...event.original }
