import { StoreError } from '../../db/errors.js'
import { iterateEvents, type Stores } from '../../db/read-events.js'
import {
  type CommittedRun,
  committedRuns,
  loadKeyframe,
  mayBeginAnew,
  storeKeyframe,
} from '../../db/session-keyframes.js'
import { inSlices, nextTurn } from '../../db/slices.js'
import type { RecordedEvent } from '../../protocol/events.js'
import {
  charsOf,
  HELD_EVENTS,
  type OpenedKeyframe,
  openAnswer,
  orderedEvents,
  SESSION_KEYFRAME_VERSION,
  type SessionKeyframe,
  SessionKeyframeMaker,
} from '../../replay/index.js'
import { answerOf } from './keyframe-answer.js'

/** Of all data that was folded since the first event or the last keyframe, which bounds what is held meanwhile. */
const MAX_FOLDED_CHARS = 128 * 1024 * 1024

/**
 * Makes the keyframe of a session that goes on, of its committed events: from the last keyframe on, or from the first event
 * on where events have come that belong before that one, though not each time [R2]. Where none can be made, that is stored
 * too, so that it is not tried again before it may begin anew. Throws StoreError, and what else it failed of.
 */
export async function makeKeyframe(stores: Stores, sessionId: string): Promise<void> {
  const standing = await loadKeyframe(stores.db, sessionId, SESSION_KEYFRAME_VERSION)
  if (standing === null) return
  const { edition, eventCount, stored } = standing
  const failures: unknown[] = []
  const answerFrom = async (from: OpenedKeyframe | null): Promise<string | null> => {
    try {
      const keyframe = await keyframeOf(stores, sessionId, from, eventCount)
      return keyframe && answerOf(keyframe)
    } catch (error) {
      // Of a store that is away it says nothing of the session.
      if (error instanceof StoreError) throw error
      failures.push(error)
      return null
    }
  }
  const from = stored?.answer ? openAnswer(stored.answer) : null
  let wholeSeq = stored?.wholeSeq ?? 0
  let answer = from && (await answerFrom(from))
  if (answer === null && mayBeginAnew(eventCount, wholeSeq)) {
    wholeSeq = eventCount
    answer = await answerFrom(null)
  }
  const version = SESSION_KEYFRAME_VERSION
  await storeKeyframe(stores.db, { sessionId, version, edition, throughSeq: eventCount, wholeSeq, answer })
  if (failures.length > 0) throw failures[0]
}

/** Null where it can't be gone on from that one, or becomes too large. */
async function keyframeOf(
  stores: Stores,
  sessionId: string,
  from: OpenedKeyframe | null,
  throughSeq: number,
): Promise<SessionKeyframe | null> {
  const runs = await committedRuns(stores.db, sessionId, from?.throughSeq ?? 0, throughSeq)
  const segments: Run[] = [...asRun(from?.events ?? []), ...runs]
  const endMs = segments.reduce((latestMs, { lastMs }) => Math.max(latestMs, lastMs), 0)
  const maker = new SessionKeyframeMaker(from, endMs)
  const ordered = orderedEvents({
    segments,
    load: ({ events, firstSeq, lastSeq }) =>
      events === undefined
        ? iterateEvents(stores, sessionId, { afterSeq: firstSeq - 1, throughSeq: lastSeq })
        : theseEvents(events),
    ...HELD_EVENTS,
  })
  let chars = 0
  let count = 0
  for await (const slice of inSlices(ordered)) {
    for (const event of slice) {
      chars += charsOf(event.data)
      count++
      if (chars > MAX_FOLDED_CHARS || !maker.add(event)) return null
    }
  }
  const expected = throughSeq - (from?.throughSeq ?? 0) + (from?.events.length ?? 0)
  if (count !== expected) throw new Error(`Of ${expected} events ${count} were read.`)
  await nextTurn()
  return maker.keyframe(throughSeq)
}

type Run = CommittedRun & { events?: readonly RecordedEvent[] }

/** Those that a keyframe has as they are; their seqs are not consecutive, and nothing is read by them. */
function asRun(events: readonly RecordedEvent[]): Run[] {
  const [first, last] = [events[0], events.at(-1)]
  if (first === undefined || last === undefined) return []
  return [
    { firstSeq: first.seq, lastSeq: last.seq, firstMs: first.timestamp, lastMs: last.timestamp, events },
  ]
}

async function* theseEvents(events: readonly RecordedEvent[]): AsyncGenerator<readonly RecordedEvent[]> {
  yield events
}
