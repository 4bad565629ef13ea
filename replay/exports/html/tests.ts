import type { RecordedEvent } from '../../../protocol/events.js'
import { wholeEvents } from '../whole-events.js'
import { Budget, NDJSON_HAS_ALL, shortened } from './budget.js'
import { type Html, html, printedText } from './escape.js'
import type { ReportInput } from './report.js'
import { clock, count, counted, took } from './words.js'

const MAX_TEXT_CHARS = 4000
const MAX_NAME_CHARS = 300
/** Of one run that is being gathered. */
const MAX_RESULTS = 1000

interface Run {
  atMs: number
  source: number
  fileName: string
  expected: number | null
  results: { name: string; passed: boolean; error: string; output: string; durationMs: number | null }[]
  passed: number
  failed: number
}

/** Each run with its failures in full and the names of what passed. */
export async function* testsSection({ source, session }: ReportInput): AsyncGenerator<Html> {
  const budget = new Budget()
  let n = 0
  for await (const run of runsOf(wholeEvents(source, ['test_run_start', 'test_result']))) {
    n++
    const kept = budget.take(runHtml(run, n, session.startMs))
    if (kept !== null) yield kept
  }
  if (n === 0)
    yield html`<p class="empty">No tests were run.</p>
`
  yield budget.rest('run', NDJSON_HAS_ALL)
}

/** As replay has it: a result belongs to the last run of its source; without one it opens a run. */
async function* runsOf(events: AsyncIterable<RecordedEvent>): AsyncGenerator<Run> {
  const open = new Map<number, Run>()
  for await (const event of events) {
    const data = (event.data ?? {}) as Record<string, unknown>
    const known = open.get(event.source)
    if (event.type === 'test_run_start') {
      if (known !== undefined) yield known
      open.delete(event.source)
      open.set(event.source, emptyRun(event, data))
      continue
    }
    const run = known ?? emptyRun(event, {})
    if (known === undefined) open.set(event.source, run)
    const passed = data.passed === true
    if (passed) run.passed++
    else run.failed++
    if (run.results.length >= MAX_RESULTS) continue
    const text = (value: unknown) => (typeof value === 'string' ? value : '')
    run.results.push({
      name: text(data.testName).slice(0, MAX_NAME_CHARS),
      passed,
      error: passed ? '' : text(data.error).slice(0, 10 * MAX_TEXT_CHARS),
      output: passed ? '' : text(data.output).slice(0, 10 * MAX_TEXT_CHARS),
      durationMs: typeof data.duration === 'number' ? data.duration : null,
    })
  }
  yield* [...open.values()].sort((a, b) => a.atMs - b.atMs)
}

const emptyRun = (event: RecordedEvent, { fileName, testCount }: Record<string, unknown>): Run => ({
  atMs: event.timestamp,
  source: event.source,
  fileName: typeof fileName === 'string' ? fileName : '',
  expected: typeof testCount === 'number' ? testCount : null,
  results: [],
  passed: 0,
  failed: 0,
})

function runHtml(run: Run, n: number, startMs: number): Html {
  const total = run.passed + run.failed
  const result =
    total === 0
      ? html`<span class="chip">no results recorded</span>`
      : html`<span class="chip ${run.failed === 0 ? 'passed' : 'failed'}">${count(run.passed)} of ${count(total)} passed</span>`
  const missing = run.expected !== null && run.expected > total && total > 0
  const failures = run.results.filter((one) => !one.passed)
  const passes = run.results.filter((one) => one.passed)
  const unlisted = total - run.results.length
  return html`<article class="run"><h3><time>${clock(run.atMs - startMs)}</time> Run ${count(n)} ${result}${run.fileName === '' ? null : html` <code class="theirs">${run.fileName}</code>`}</h3>
${missing ? html`<p class="quiet">${counted((run.expected ?? 0) - total, 'announced test')} without a result.</p>` : null}
${failures.map(
  (one) =>
    html`<div class="failure"><p><b>✗</b> <span class="theirs">${one.name}</span>${one.durationMs === null ? null : html` <small>${took(one.durationMs)}</small>`}</p>${texts(one)}</div>`,
)}
${passes.length === 0 ? null : html`<p class="passes">${passes.map((one) => html`<span><b>✓</b> <span class="theirs">${one.name}</span></span> `)}</p>`}
${unlisted > 0 ? html`<p class="cut">${counted(unlisted, 'more result')} of this run not listed. ${NDJSON_HAS_ALL}</p>` : null}
</article>
`
}

const texts = ({ error, output }: Run['results'][number]): Html[] =>
  [error, output]
    .map((text) => printedText(text).trimEnd())
    .filter((text) => text !== '')
    .map((text) => html`<pre class="printed">${shortened(text, MAX_TEXT_CHARS, NDJSON_HAS_ALL)}</pre>`)
