import type { Presence } from '../../../protocol/socket-events.js'
import { count, counted, span } from '../ui/format.js'

/** Behind the candidate by no more than this is live; everything else says how far behind. */
export const LIVE_WITHIN_MS = 2000

/** So long after a measurement it says how things are, unless it was of something slower: then that long. */
const LATENCY_HOLDS_MS = 10_000

/** From a candidate's event to this screen. */
export interface Latency {
  ms: number
  /** When the event came, epoch ms of the server's clock. */
  atMs: number
}

/** unanswered: the first connection is tried again and again. */
export type Connection = 'connecting' | 'unanswered' | 'connected' | 'reconnecting' | 'over'

export interface LiveFacts {
  connection: Connection
  /** Time since the last word over a connection that is lost; 0 while there is one. */
  silentMs: number
  /** The highest seq in the player, of all up to it. */
  appliedSeq: number
  /** How many of the events up to there are still to come, while the end is shown. */
  historyLeft: number
  /** The highest seq the service has; null before it was told. */
  headSeq: number | null
  /** Of the newest event that came; null before the first. */
  latency: Latency | null
  /** As the service has it, with the time of its last event; null before it was told. */
  candidate: Pick<Presence, 'candidate' | 'lastEventAtMs'> | null
  /** The server's time, epoch ms. */
  nowMs: number
  closed: boolean
}

export interface LiveState {
  kind: 'loading' | 'live' | 'behind' | 'offline' | 'disconnected' | 'closed'
  text: string
  /** What a live picture is held to be live by, in words. */
  detail?: string
}

/** What may truthfully be said about how live the picture is. */
export function liveState(facts: LiveFacts): LiveState {
  const { connection, appliedSeq, historyLeft, headSeq, latency, candidate, nowMs } = facts
  const missing = headSeq === null ? null : Math.max(0, headSeq - appliedSeq)
  if (facts.closed)
    return missing === null || missing === 0
      ? { kind: 'closed', text: 'Recorded' }
      : {
          kind: 'loading',
          text: appliedSeq === 0 ? 'Loading' : `Loading, ${counted(missing, 'event')} to go`,
        }
  if (connection === 'reconnecting')
    return { kind: 'disconnected', text: `Reconnecting, no news for ${span(facts.silentMs)}` }
  if (connection === 'unanswered')
    return { kind: 'disconnected', text: 'No answer yet, still trying to connect' }
  if (connection === 'connecting' || missing === null) return { kind: 'loading', text: 'Connecting' }
  if (missing > 0 && appliedSeq === 0)
    return { kind: 'loading', text: `Loading ${counted(missing, 'event')}` }
  // A handful of events are on their way all the time; more of them is a delay.
  if (missing > 500) return { kind: 'behind', text: `Catching up, ${counted(missing, 'event')} to go` }
  // Not connected, the candidate may go on all the same: what is typed meanwhile comes later.
  const past = historyLeft > 0 ? `loading the past, ${counted(historyLeft, 'event')} to go` : undefined
  if (candidate?.candidate === 'offline')
    return {
      kind: 'offline',
      text: `Candidate ${presenceText(candidate, nowMs)}`,
      ...(past && { detail: past }),
    }
  if (past) return { kind: 'live', text: 'Live', detail: past }
  if (latency === null) return { kind: 'live', text: 'Live' }
  const ageMs = Math.max(0, nowMs - latency.atMs)
  // Whatever was on its way then has come by now, and nothing is missing: a delay is told no longer, as one or the other.
  if (ageMs > Math.max(LATENCY_HOLDS_MS, latency.ms))
    return { kind: 'live', text: 'Live', detail: `last event ${span(ageMs)} ago` }
  return latency.ms > LIVE_WITHIN_MS
    ? { kind: 'behind', text: `${span(latency.ms)} behind` }
    : { kind: 'live', text: 'Live', detail: `${(Math.max(0, latency.ms) / 1000).toFixed(1)} s behind` }
}

/**
 * What is final: committed to the database, whatever happens to everything before it. That is told every few seconds; of
 * events that came since (`appliedSeq`, the highest seq in the player) nobody has said that they are.
 */
export function savedText(
  { headSeq, committedSeq }: Pick<Presence, 'headSeq' | 'committedSeq'>,
  appliedSeq: number,
): { all: boolean; text: string; detail: string } {
  const lastSeq = Math.max(headSeq, appliedSeq)
  const waiting = Math.max(0, lastSeq - committedSeq)
  return {
    all: waiting === 0,
    text: waiting === 0 ? 'All saved' : `${count(waiting)} not yet saved`,
    detail: `${count(committedSeq)} of ${count(lastSeq)} events are in the database, as last told`,
  }
}

/** `online`, `idle for 2 min`, `offline, last event 12 s ago`. `nowMs` is the server's time. */
export function presenceText(
  presence: { candidate: Presence['candidate']; lastEventAtMs: number | null },
  nowMs: number,
): string {
  const { candidate, lastEventAtMs } = presence
  if (lastEventAtMs === null) return candidate === 'offline' ? 'not connected yet' : candidate
  const silence = span(Math.max(0, nowMs - lastEventAtMs))
  if (candidate === 'online') return 'online'
  return candidate === 'idle' ? `idle for ${silence}` : `offline, last event ${silence} ago`
}
