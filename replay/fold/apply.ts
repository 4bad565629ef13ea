import type { BuiltInEventType } from '../../protocol/event-types.js'
import type { RecordedEvent } from '../../protocol/events.js'
import { asSent } from '../../protocol/repairs.js'
import { chatReducers } from './chat.js'
import { editReducers } from './edits.js'
import { fileReducers } from './files.js'
import { diverged, type Fold, happened, type Reducer, type Reducers } from './fold.js'
import { lossReducers } from './losses.js'
import { assemble } from './parts.js'
import { remarkReducers } from './remarks.js'
import { sessionReducers } from './session.js'
import { signalReducers } from './signals.js'
import { terminalReducers } from './terminal.js'
import { testReducers } from './tests.js'

/** One row per type of the vocabulary: a new type does not compile until it has one. */
const REDUCERS: Reducers<BuiltInEventType> = {
  ...sessionReducers,
  ...terminalReducers,
  ...fileReducers,
  ...editReducers,
  ...testReducers,
  ...chatReducers,
  ...signalReducers,
  ...remarkReducers,
  ...lossReducers,
}

/** The state after one more event. Never throws: an event that can't be read is noted and left out [I7]. */
export function apply(before: Fold, event: RecordedEvent): Fold {
  const assembled = assemble(...inItsPlace(before, event))
  const { fold } = assembled
  const change = assembled.kind === 'whole' ? reduce(fold, assembled.event) : {}
  return {
    ...fold,
    ...change,
    seq: Math.max(fold.seq, event.seq),
    eventCount: fold.eventCount + 1,
    firstMs: fold.firstMs ?? event.timestamp,
  }
}

/** A repair as it was sent, and the fold without the loss that it makes good [R5]. */
function inItsPlace(fold: Fold, event: RecordedEvent): [Fold, RecordedEvent] {
  const { replaces } = event
  if (replaces === undefined) return [fold, event]
  const { losses } = fold
  const isMadeGood = losses.last?.seq === replaces
  const sent = asSent(event)
  return [
    isMadeGood ? { ...fold, losses: losses.first(losses.length - 1) } : fold,
    // What was refused once more is lost where it was lost before.
    event.type === 'quarantined' ? { ...sent, seq: replaces } : sent,
  ]
}

function reduce(fold: Fold, event: RecordedEvent): Partial<Fold> {
  if (!Object.hasOwn(REDUCERS, event.type)) return other(fold, event)
  try {
    const reducer = REDUCERS[event.type as BuiltInEventType] as Reducer<BuiltInEventType>
    return reducer(fold, event, event.data as never)
  } catch {
    return { divergences: diverged(fold, event, 'unreadable') }
  }
}

const other = (fold: Fold, event: RecordedEvent): Partial<Fold> => ({
  others: fold.others.push({ ...happened(event), type: event.type, path: event.fileId, data: event.data }),
})
