import type { RecordedEvent } from '../../protocol/events.js'

interface Tally {
  expected: number | null
  passed: number
  total: number
}

/** Sums up a run's results in one line, when all that were announced have come, or when others things follow. */
export class TestTally {
  /** By source: runs of two sources may interleave. */
  private readonly open = new Map<number, Tally>()

  /** What is to be said before this event. */
  take(event: RecordedEvent): string | null {
    const { type, source } = event
    const tally = this.open.get(source)
    if (type === 'test_run_start') {
      const { testCount } = (event.data ?? {}) as { testCount?: unknown }
      const expected = typeof testCount === 'number' ? testCount : null
      this.open.set(source, { expected, passed: 0, total: 0 })
      return wordsFor(tally)
    }
    if (type !== 'test_result') {
      // Results may be on their way while the candidate goes on in the terminal.
      if (tally === undefined || tally.expected === null || tally.total < tally.expected) return null
      this.open.delete(source)
      return wordsFor(tally)
    }
    const { passed } = (event.data ?? {}) as { passed?: unknown }
    const next = tally ?? { expected: null, passed: 0, total: 0 }
    next.total++
    if (passed === true) next.passed++
    this.open.set(source, next)
    return null
  }

  end(): string | null {
    const words = [...this.open.values()].map(wordsFor).filter((one) => one !== null)
    this.open.clear()
    return words.length === 0 ? null : words.join(' · ')
  }
}

const wordsFor = (tally: Tally | undefined): string | null =>
  tally === undefined || tally.total === 0 ? null : `Tests: ${tally.passed} of ${tally.total} passed`
