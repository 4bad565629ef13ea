import type { RecordedEvent } from '../protocol/events.js'
import { charsOf } from './chars-of.js'

/** What an event takes up beside its data, in UTF-16 units. */
const EVENT_CHARS = 800

/** About how much an event takes up in memory, in UTF-16 units. */
export const heldCharsOf = ({ data }: Pick<RecordedEvent, 'data'>): number => EVENT_CHARS + charsOf(data)

/** What bounds the memory of {@link orderedEvents}: of events that wait because another one may have happened before them. */
export const HELD_EVENTS = { weightOf: heldCharsOf, maxHeld: 32 * 1024 * 1024 } as const
