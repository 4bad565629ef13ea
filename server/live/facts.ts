import type { Database } from '../../db/connect.js'
import { type FactRow, type FactsRange, readActivity, readFacts } from '../../db/live-facts.js'
import { RECENT_STRETCH_MS, RECENT_STRETCHES, type SessionFacts } from '../../protocol/socket-events.js'
import { pageBegan, pageHidden, pageShown, type TabAway, tabAwaySinceMs } from './tab-away.js'

/** Rows that one query looks through, and of one session at once. */
const MAX_SEQS = 50_000
const MAX_COUNTED = 5_000

/** What is counted of one session, with what it takes to count on. */
export interface Tally {
  facts: SessionFacts
  tabAway: TabAway
}

export const NOTHING: Tally = {
  facts: {
    tests: null,
    aiPrompts: 0,
    longPastes: 0,
    longestPasteChars: 0,
    tabAwayCount: 0,
    tabAwaySinceMs: null,
    secondTabs: 0,
    losses: 0,
  },
  tabAway: { count: 0, hiddenSinceMs: new Map(), newest: null, lastShown: null },
}

interface Counted {
  throughSeq: number
  tally: Tally
  /** Whether all was counted that was there when counting began. */
  isComplete: boolean
  /** Events by stretch of time, those of the last ten minutes. */
  recent: ReadonlyMap<number, number>
}

/**
 * Counts of the active sessions, from committed events alone: these never change, so each is looked at once by each
 * node, whatever epochs come. They are some seconds old, which is soon enough for what they are for: the order of a wall.
 */
export class FactsBook {
  private readonly counted = new Map<string, Counted>()

  constructor(
    private readonly db: Database,
    private readonly clock: () => number,
  ) {}

  /** Null until it was counted. */
  of(sessionId: string): SessionFacts | null {
    const counted = this.counted.get(sessionId)
    return counted?.isComplete ? counted.tally.facts : null
  }

  /** How many events came in each stretch of the last ten minutes, the current one last; null until they were counted. */
  recentOf(sessionId: string): number[] | null {
    const counted = this.counted.get(sessionId)
    if (!counted?.isComplete) return null
    const last = Math.floor(this.clock() / RECENT_STRETCH_MS)
    return Array.from(
      { length: RECENT_STRETCHES },
      (_, i) => counted.recent.get(last - RECENT_STRETCHES + 1 + i) ?? 0,
    )
  }

  /**
   * Counts on, as far as one query goes; what is left comes at the next call. Of sessions that are not named nothing is
   * kept. Throws StoreError.
   */
  async advance(sessions: readonly { id: string; committedSeq: number }[]): Promise<void> {
    const named = new Set(sessions.map(({ id }) => id))
    for (const id of this.counted.keys()) if (!named.has(id)) this.counted.delete(id)
    const ranges: FactsRange[] = []
    let seqs = 0
    for (const { id, committedSeq } of sessions) {
      const afterSeq = this.counted.get(id)?.throughSeq ?? 0
      const throughSeq = Math.min(committedSeq, afterSeq + MAX_SEQS - seqs)
      if (throughSeq <= afterSeq && this.counted.has(id)) continue
      if (seqs >= MAX_SEQS || ranges.length >= MAX_COUNTED) break
      ranges.push({ sessionId: id, afterSeq, throughSeq })
      seqs += throughSeq - afterSeq
    }
    const firstStretch = Math.floor(this.clock() / RECENT_STRETCH_MS) - RECENT_STRETCHES + 1
    const [facts, activity] = await Promise.all([
      readFacts(this.db, ranges),
      readActivity(this.db, ranges, {
        sinceMs: firstStretch * RECENT_STRETCH_MS,
        stretchMs: RECENT_STRETCH_MS,
      }),
    ])
    const recent = new Map<string, Map<number, number>>()
    for (const { sessionId } of ranges) {
      const before = this.counted.get(sessionId)?.recent ?? []
      recent.set(sessionId, new Map([...before].filter(([stretch]) => stretch >= firstStretch)))
    }
    for (const { sessionId, stretch, count } of activity) {
      const stretches = recent.get(sessionId)
      stretches?.set(stretch, (stretches.get(stretch) ?? 0) + count)
    }
    const tallies = new Map<string, Tally>()
    for (const row of facts) {
      const { sessionId } = row
      const before = tallies.get(sessionId) ?? this.counted.get(sessionId)?.tally ?? NOTHING
      tallies.set(sessionId, countRow(before, row))
    }
    const committed = new Map(sessions.map(({ id, committedSeq }) => [id, committedSeq]))
    for (const { sessionId, throughSeq } of ranges) {
      const before = this.counted.get(sessionId)
      this.counted.set(sessionId, {
        throughSeq,
        tally: tallies.get(sessionId) ?? before?.tally ?? NOTHING,
        isComplete: before?.isComplete || throughSeq >= (committed.get(sessionId) ?? 0),
        recent: recent.get(sessionId) ?? new Map(),
      })
    }
  }
}

/** The tally after one more event. */
export function countRow({ facts, tabAway }: Tally, row: Omit<FactRow, 'sessionId'>): Tally {
  const counted = countFact(facts, row)
  const away = followTab(tabAway, row)
  if (away === tabAway) return { facts: counted, tabAway }
  const ofTab = { tabAwayCount: away.count, tabAwaySinceMs: tabAwaySinceMs(away) }
  return { facts: { ...counted, ...ofTab }, tabAway: away }
}

function followTab(
  away: TabAway,
  { type, source, timestamp, beginsPage }: Omit<FactRow, 'sessionId'>,
): TabAway {
  const atMs = timestamp.getTime()
  const begun = beginsPage ? pageBegan(away, source, atMs) : away
  if (type === 'tab_hidden') return pageHidden(begun, source, atMs)
  return type === 'tab_visible' ? pageShown(begun, source, atMs) : begun
}

function countFact(counted: SessionFacts, row: Omit<FactRow, 'sessionId'>): SessionFacts {
  const facts = row.isRepair ? { ...counted, losses: Math.max(0, counted.losses - 1) } : counted
  switch (row.type) {
    case 'test_run_start':
      return { ...facts, tests: { passed: 0, failed: 0 } }
    case 'test_result': {
      if (row.passed === null) return facts
      const { passed, failed } = facts.tests ?? { passed: 0, failed: 0 }
      return {
        ...facts,
        tests: row.passed ? { passed: passed + 1, failed } : { passed, failed: failed + 1 },
      }
    }
    case 'ai_interaction':
      return row.role === 'user' ? { ...facts, aiPrompts: facts.aiPrompts + 1 } : facts
    case 'paste':
      // A checkpoint is one that is long.
      if (!row.checkpoint) return facts
      return {
        ...facts,
        longPastes: facts.longPastes + 1,
        longestPasteChars: Math.max(facts.longestPasteChars, lengthOf(row.data)),
      }
    case 'second_tab':
      return { ...facts, secondTabs: facts.secondTabs + 1 }
    case 'rejected':
    case 'quarantined':
    case 'gap':
      return { ...facts, losses: facts.losses + 1 }
    default:
      return facts
  }
}

function lengthOf(data: unknown): number {
  const { lengthChars } = (data ?? {}) as { lengthChars?: unknown }
  return typeof lengthChars === 'number' && Number.isSafeInteger(lengthChars) ? lengthChars : 0
}
