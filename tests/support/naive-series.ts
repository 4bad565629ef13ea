import type { RecordedEvent } from '../../protocol/events.js'
import type { Event } from './naive/events.js'
import { awayTimes, NO_ACTIVITY, wholeEvents } from './naive-statistics.js'

/** The series of docs/statistics.md once more, as plainly as they can be written down; bounds are left out. */
export function naiveSeries(recorded: readonly RecordedEvent[]) {
  const events = recorded as readonly Event[]
  const { events: whole } = wholeEvents(events)
  const byTime = (a: { atMs: number; seq: number }, b: { atMs: number; seq: number }) =>
    a.atMs - b.atMs || a.seq - b.seq
  const of = (pattern: RegExp) => whole.filter(({ type }) => pattern.test(type))
  const place = ({ seq, timestamp }: Event) => ({ seq, atMs: timestamp })

  const runs: { event: Event; results: Event[] }[] = []
  for (const event of of(/^test_(run_start|result)$/)) {
    let run = runs.findLast((one) => one.event.source === event.source)
    if (event.type === 'test_run_start' || run === undefined) {
      run = { event, results: [] }
      runs.push(run)
    }
    if (event.type === 'test_result') run.results.push(event)
  }
  const passes = of(/^test_result$/)
    .filter(({ data }) => data.passed)
    .sort((a, b) => a.timestamp - b.timestamp)
  const lastMs = Math.max(0, ...events.filter((e) => !NO_ACTIVITY.test(e.type)).map((e) => e.timestamp))
  return {
    testRuns: runs
      .map(({ event, results }) => ({
        ...place(event),
        endMs: Math.max(event.timestamp, ...results.map((result) => result.timestamp)),
        testCount: event.type === 'test_run_start' ? (event.data.testCount ?? null) : null,
        passed: results.filter(({ data }) => data.passed).length,
        failed: results.filter(({ data }) => !data.passed).length,
      }))
      .sort(byTime),
    aiTurns: of(/^ai_interaction$/)
      .map((event) => ({
        ...place(event),
        role: event.data.role,
        inputTokens: event.data.inputTokens ?? null,
        outputTokens: event.data.outputTokens ?? null,
        latency: event.data.latency ?? null,
      }))
      .sort(byTime),
    signals: of(/^(copy|fullscreen_exit|connection_lost|second_tab)$/)
      .map((event) => ({ ...place(event), type: event.type }))
      .sort(byTime),
    firstPass: passes[0] === undefined ? null : place(passes[0]),
    awayTimes: awayTimes(events, lastMs),
  }
}
