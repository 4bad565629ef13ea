import type { LiveFacts } from './live-state.js'
import type { FeedView } from './session-feed.js'

export const isClosed = ({ details }: FeedView): boolean => details !== null && details.status !== 'ACTIVE'

/** Whether all that there is has come: a moment that is not there now will not come later. */
export const isWhole = (fed: FeedView): boolean =>
  isClosed(fed)
    ? fed.connection === 'over'
    : fed.presence !== null &&
      fed.connection === 'connected' &&
      fed.appliedSeq >= fed.presence.headSeq &&
      fed.historyLeft === 0

/** What a feed tells of how live its picture is. `browserNowMs`: this computer's time; `offsetMs`: what the server's is ahead of it. */
export function factsOf(fed: FeedView, browserNowMs: number, offsetMs: number): LiveFacts {
  const closed = isClosed(fed)
  return {
    connection: fed.connection,
    silentMs: fed.silentSinceMs === null ? 0 : Math.max(0, browserNowMs - fed.silentSinceMs),
    appliedSeq: fed.appliedSeq,
    historyLeft: fed.historyLeft,
    headSeq: closed ? (fed.details?.eventCount ?? null) : (fed.presence?.headSeq ?? null),
    latency: fed.latency,
    candidate: fed.presence,
    nowMs: browserNowMs + offsetMs,
    closed,
  }
}
