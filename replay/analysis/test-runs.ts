import type { EventData } from '../../protocol/event-schemas.js'
import type { RecordedEvent } from '../../protocol/events.js'
import { type Limits, MAX_SOURCES, MAX_TEST_RUNS } from './limits.js'
import { claimOf, type EventRef, refOf, type Tally } from './tally.js'

export interface TestRun {
  seq: number
  atMs: number
  testCount: number | null
  passed: number
  failed: number
}

/** Test runs and results; a result belongs to the last run of its source, or opens one, as in replay. */
export class TestRuns {
  private runs: TestRun[] = []
  private readonly lastOfSource = new Map<number, TestRun>()
  private pass: EventRef | null = null

  constructor(
    private readonly tally: Tally,
    private readonly limits: Limits,
  ) {}

  /** The earliest passing test. */
  get firstPass(): EventRef | null {
    return this.pass
  }

  start(event: RecordedEvent, data: EventData<'test_run_start'>): void {
    this.open(event, claimOf(data.testCount))
  }

  result(event: RecordedEvent, data: EventData<'test_result'>): void {
    const { passed } = data
    this.tally.add('testExecution.totalTests', event)
    this.tally.add(passed ? 'testExecution.passed' : 'testExecution.failed', event)
    this.tally.measure('testExecution.passRate', event, passed ? 100 : 0)
    const duration = claimOf(data.duration)
    if (duration !== null) this.tally.measure('testExecution.averageDuration', event, duration)
    const run = this.lastOfSource.get(event.source) ?? this.open(event, null)
    if (passed) run.passed++
    else run.failed++
    if (passed && (this.pass === null || event.timestamp < this.pass.timestamp)) this.pass = refOf(event)
  }

  inOrderOfTime(): TestRun[] {
    return this.runs.map((run) => ({ ...run })).sort((a, b) => a.atMs - b.atMs || a.seq - b.seq)
  }

  save() {
    const lasts = [...this.lastOfSource].map(
      ([source, run]) => [source, this.runs.indexOf(run), run] as const,
    )
    return { runs: this.runs, lasts, pass: this.pass }
  }

  restore(saved: ReturnType<TestRuns['save']>): void {
    this.runs = saved.runs.map((run) => ({ ...run }))
    this.pass = saved.pass
    for (const [source, index, run] of saved.lasts)
      this.lastOfSource.set(source, this.runs[index] ?? { ...run })
  }

  private open(event: RecordedEvent, testCount: number | null): TestRun {
    const run: TestRun = { seq: event.seq, atMs: event.timestamp, testCount, passed: 0, failed: 0 }
    this.tally.add('testExecution.totalRuns', event)
    if (this.runs.length < MAX_TEST_RUNS) this.runs.push(run)
    else this.limits.reach('testRuns')
    if (this.lastOfSource.has(event.source) || this.lastOfSource.size < MAX_SOURCES)
      this.lastOfSource.set(event.source, run)
    else this.limits.reach('sources')
    return run
  }
}
