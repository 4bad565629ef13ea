import type { RejectedEvent } from '../../protocol/batch.js'
import type { ErrorCode } from '../../protocol/errors.js'
import type { QueuedEvent } from './event-queue.js'
import type { OutboxEntry } from './outbox.js'

/** What the core wants done. Answers come back as inputs; one that never comes is noticed by the clock. */
export type CoreEffect =
  | { do: 'connect' }
  | { do: 'disconnect' }
  | { do: 'expire-token' }
  | { do: 'send'; id: number; events: readonly QueuedEvent[] }
  | { do: 'ask-watermark'; id: number }
  | { do: 'ask-clock' }
  | { do: 'keep'; entries: readonly OutboxEntry[] }
  | { do: 'forget'; throughSeq: number }
  /** There is room again, and the recording knows what it lacks. */
  | { do: 'tell-room' }
  | { do: 'tell-rejected'; events: readonly RejectedEvent[] }

export interface Trouble {
  code: ErrorCode
  message: string
}

/** How it ended, for good. */
export interface Ending {
  state: 'superseded' | 'closed' | 'refused'
  error: Trouble | null
}
