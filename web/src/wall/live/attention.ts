import type { SessionFacts, SessionSummary } from '../../../../protocol/socket-events.js'
import { clock, count, counted, span } from '../../ui/format.js'

/** Why a proctor should look at a session. Higher ranks first; 0 means nothing stands out. */
export interface Attention {
  rank: number
  /** In words, the most pressing first. */
  reasons: string[]
}

/** What only somebody knows who has looked on; times of this computer's clock. */
export interface Seen {
  /** null: not offline, or since before the page was opened. */
  offlineSinceMs: number | null
  /** Until when its latest signals count as news. */
  signalsUntilMs: number | null
}

/** Thinking is no reason to look; silence this long is. */
const IDLE_WORTH_A_LOOK_MS = 3 * 60_000
const NEAR_THE_END_MS = 5 * 60_000
/** A glance at a manual is shorter. */
const AWAY_WORTH_A_LOOK_MS = 60_000

/** Milliseconds until the time limit, negative beyond it; null without one. */
export const timeLeftMs = (session: SessionSummary, nowMs: number): number | null =>
  session.timeLimit === null ? null : session.startTimeMs + session.timeLimit * 1000 - nowMs

export const timeLeftText = (leftMs: number): string =>
  leftMs < 0 ? `${clock(-leftMs)} over` : `${clock(leftMs)} left`

/** How it stands: live, idle for 2 min, offline for 12 s. `nowMs` is the server's time, `browserNowMs` this computer's. */
export function presenceWords(
  { candidate, lastEventAtMs, startTimeMs }: SessionSummary,
  { offlineSinceMs }: Seen,
  nowMs: number,
  browserNowMs: number,
): string {
  if (candidate === 'online') return 'Live'
  const silence = span(nowMs - (lastEventAtMs ?? startTimeMs))
  if (candidate === 'idle') return `Idle for ${silence}`
  if (lastEventAtMs === null) return 'Not connected yet'
  return offlineSinceMs === null
    ? `Offline, silent for ${silence}`
    : `Offline for ${span(browserNowMs - offlineSinceMs)}`
}

/** `nowMs` is the server's time, `browserNowMs` this computer's. */
export function attention(
  session: SessionSummary,
  seen: Seen,
  nowMs: number,
  browserNowMs: number,
): Attention {
  if (session.status !== 'ACTIVE') return { rank: 0, reasons: [] }
  const found: { rank: number; reason: string }[] = []
  const silentMs = nowMs - (session.lastEventAtMs ?? session.startTimeMs)
  if (session.candidate === 'offline')
    found.push({ rank: 4, reason: presenceWords(session, seen, nowMs, browserNowMs) })
  else if (silentMs >= IDLE_WORTH_A_LOOK_MS)
    found.push({ rank: 2, reason: `Nothing happened for ${span(silentMs)}` })

  const leftMs = timeLeftMs(session, nowMs)
  const failed = session.facts?.tests?.failed ?? 0
  if (leftMs !== null && leftMs < 0) found.push({ rank: 3, reason: `Over time by ${clock(-leftMs)}` })
  else if (leftMs !== null && leftMs < NEAR_THE_END_MS)
    found.push(
      failed > 0
        ? { rank: 3, reason: `${counted(failed, 'test fails', 'tests fail')} with ${timeLeftText(leftMs)}` }
        : { rank: 1, reason: timeLeftText(leftMs) },
    )
  if (session.facts !== null) found.push(...signalReasons(session.facts, seen, nowMs, browserNowMs))

  found.sort((a, b) => b.rank - a.rank)
  return { rank: found.reduce((sum, { rank }) => sum + rank, 0), reasons: found.map(({ reason }) => reason) }
}

/** Something to look at, never a verdict. What is old and was seen by somebody pushes nothing to the front. */
function signalReasons(facts: SessionFacts, seen: Seen, nowMs: number, browserNowMs: number) {
  const found: { rank: number; reason: string }[] = []
  if (facts.losses > 0) found.push({ rank: 4, reason: `${counted(facts.losses, 'event')} could not be kept` })
  const awayMs = facts.tabAwaySinceMs === null ? 0 : nowMs - facts.tabAwaySinceMs
  if (awayMs >= AWAY_WORTH_A_LOOK_MS) found.push({ rank: 2, reason: `Tab away for ${span(awayMs)}` })
  if (seen.signalsUntilMs === null || seen.signalsUntilMs <= browserNowMs) return found
  const words = signalWords(facts)
  if (words.length > 0) found.push({ rank: 1, reason: `New signal: ${words.join(', ')}` })
  return found
}

/** The signals so far, in the fewest words. */
export function signalWords(facts: SessionFacts): string[] {
  const { longPastes, longestPasteChars, tabAwayCount, secondTabs } = facts
  return [
    longPastes > 0 &&
      (longestPasteChars === 0
        ? counted(longPastes, 'long paste')
        : `${counted(longPastes, 'long paste')}, up to ${count(longestPasteChars)} characters`),
    tabAwayCount > 0 && `tab left ${tabAwayCount === 1 ? 'once' : `${count(tabAwayCount)} times`}`,
    secondTabs > 0 && 'open in a second place',
  ].filter((word) => word !== false)
}
