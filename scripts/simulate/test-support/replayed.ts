import { isCheckpoint } from '../../../protocol/event-types.js'
import type { RecordedEvent } from '../../../protocol/events.js'
import { createReplayEngine, type ReplayEngine } from '../../../replay/index.js'
import type { InterviewEvent } from '../interview.js'

/** The events as the service would keep them, had they been sent by one tab. */
export const asRecorded = (events: readonly InterviewEvent[]): RecordedEvent[] =>
  events.map(({ offsetMs, type, data, fileId = null, checkpoint }, i) => ({
    seq: i + 1,
    type,
    timestamp: offsetMs,
    data,
    fileId,
    checkpoint: isCheckpoint(type, data, checkpoint),
    source: 1,
    sourceSeq: i + 1,
  }))

export function replayed(events: readonly InterviewEvent[]): ReplayEngine {
  const engine = createReplayEngine()
  engine.insert(asRecorded(events))
  return engine
}
