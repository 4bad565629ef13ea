import type { Database } from '../../db/connect.js'
import { type FactRow, type FactsRange, readFacts } from '../../db/live-facts.js'
import type { SessionFacts } from '../../protocol/socket-events.js'

/** Rows that one query looks through, and of one session at once. */
const MAX_SEQS = 50_000
const MAX_COUNTED = 5_000

const NOTHING: SessionFacts = {
  tests: null,
  aiPrompts: 0,
  longPastes: 0,
  longestPasteChars: 0,
  tabAwayCount: 0,
  tabAwaySinceMs: null,
  secondTabs: 0,
  losses: 0,
}

interface Counted {
  throughSeq: number
  facts: SessionFacts
  /** Whether all was counted that was there when counting began. */
  isComplete: boolean
}

/**
 * Counts of the active sessions, from committed events alone: these never change, so each is looked at once by each
 * node, whatever epochs come. They are some seconds old, which is soon enough for what they are for: the order of a wall.
 */
export class FactsBook {
  private readonly counted = new Map<string, Counted>()

  constructor(private readonly db: Database) {}

  /** Null until it was counted. */
  of(sessionId: string): SessionFacts | null {
    const counted = this.counted.get(sessionId)
    return counted?.isComplete ? counted.facts : null
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
    const counts = new Map<string, SessionFacts>()
    for (const row of await readFacts(this.db, ranges)) {
      const { sessionId } = row
      const before = counts.get(sessionId) ?? this.counted.get(sessionId)?.facts ?? NOTHING
      counts.set(sessionId, countFact(before, row))
    }
    const committed = new Map(sessions.map(({ id, committedSeq }) => [id, committedSeq]))
    for (const { sessionId, throughSeq } of ranges) {
      const before = this.counted.get(sessionId)
      const facts = counts.get(sessionId) ?? before?.facts ?? NOTHING
      const isComplete = before?.isComplete || throughSeq >= (committed.get(sessionId) ?? 0)
      this.counted.set(sessionId, { throughSeq, facts, isComplete })
    }
  }
}

/** The counts after one more event. */
export function countFact(facts: SessionFacts, row: Omit<FactRow, 'sessionId'>): SessionFacts {
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
    case 'tab_hidden':
      return {
        ...facts,
        tabAwayCount: facts.tabAwayCount + 1,
        tabAwaySinceMs: facts.tabAwaySinceMs ?? row.timestamp.getTime(),
      }
    case 'tab_visible':
      return { ...facts, tabAwaySinceMs: null }
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
