import type { SessionTimeline } from '../../../protocol/http/analysis.js'
import { Budget } from './budget.js'
import { type Html, html } from './escape.js'
import type { ReportInput } from './report.js'
import { clock, count, counted, span } from './words.js'

type Checkpoint = SessionTimeline['checkpoints'][number]

/** Ordinary pauses are no moments. */
const LONG_PAUSE_MS = 5 * 60_000

interface Moment {
  atMs: number
  what: string
  detail: string
  tone?: 'failed' | 'passed' | 'flag' | 'quiet'
}

/** The checkpoints in order, those that belong together as one line. */
export function* momentsSection(input: ReportInput): Generator<Html> {
  const { timeline, session } = input
  const moments = [...gathered(timeline.checkpoints, runsOf(input)), ...pauses(input)].sort(
    (a, b) => a.atMs - b.atMs,
  )
  if (moments.length === 0) {
    yield html`<p class="empty">There are no moments to show.</p>
`
    return
  }
  const budget = new Budget()
  yield html`<ol class="rows moments">`
  for (const { atMs, what, detail, tone } of moments) {
    const kept = budget.take(
      html`<li class="${tone ?? ''}"><time>${clock(atMs - session.startMs)}</time><div><b>${what}</b> <span class="theirs">${detail}</span></div></li>
`,
    )
    if (kept !== null) yield kept
  }
  yield html`</ol>${budget.rest('moment', '')}`
  const unlisted = timeline.checkpointCount - timeline.checkpoints.length
  if (unlisted > 0)
    yield html`<p class="cut">${counted(unlisted, 'further checkpoint')} not listed: the first ${count(timeline.checkpoints.length)} are.</p>
`
}

const runsOf = ({ stats }: ReportInput) => new Map(stats.testExecution.runs.map((run) => [run.seq, run]))

function pauses({ timeline }: ReportInput): Moment[] {
  return timeline.idleGaps
    .filter(({ fromMs, toMs }) => toMs - fromMs >= LONG_PAUSE_MS)
    .map(({ fromMs, toMs }) => ({
      atMs: fromMs,
      what: 'Pause',
      detail: span((toMs - fromMs) / 1000),
      tone: 'quiet',
    }))
}

function* gathered(
  checkpoints: readonly Checkpoint[],
  runs: ReadonlyMap<number, { passed: number; failed: number }>,
): Generator<Moment> {
  let saves: { atMs: number; paths: Map<string, number> } | null = null
  for (const one of checkpoints) {
    if (one.type === 'code_snapshot') {
      saves ??= { atMs: one.timestamp, paths: new Map() }
      const path = one.label ?? 'a file'
      saves.paths.set(path, (saves.paths.get(path) ?? 0) + 1)
      continue
    }
    const moment = momentOf(one, runs.get(one.seq))
    if (moment === null) continue
    if (saves !== null) yield saved(saves)
    saves = null
    yield moment
  }
  if (saves !== null) yield saved(saves)
}

function saved({ atMs, paths }: { atMs: number; paths: ReadonlyMap<string, number> }): Moment {
  const names = [...paths].slice(0, 6).map(([path, n]) => `${path}${n > 1 ? ` ×${n}` : ''}`)
  const more = paths.size > names.length ? ` and ${paths.size - names.length} more` : ''
  return { atMs, what: 'Saved', detail: `${names.join(', ')}${more}`, tone: 'quiet' }
}

const WHAT: Record<string, string> = {
  session_start: 'Start',
  session_submit: 'Submitted',
  file_created: 'Created',
  file_deleted: 'Deleted',
  file_renamed: 'Renamed to',
  paste: 'Long paste',
  proctor_note: 'Note',
  proctor_flag: 'Flag',
  proctor_message: 'Message to the candidate',
  time_extended: 'Time extended',
  rejected: 'An event was refused',
  quarantined: 'An event could not be stored',
  gap: 'Events are missing',
  'custom:not_recorded': 'The tab could not keep something',
}

function momentOf(
  { type, timestamp, label = '' }: Checkpoint,
  run?: { passed: number; failed: number },
): Moment | null {
  const atMs = timestamp
  const detail = label
  if (type === 'test_run_start') {
    if (run === undefined || run.passed + run.failed === 0) return { atMs, what: 'Test run', detail }
    const tone = run.failed === 0 ? 'passed' : 'failed'
    return { atMs, what: 'Test run', detail: `${run.passed} passed, ${run.failed} failed`, tone }
  }
  if (type === 'test_result') return null
  if (type === 'ai_interaction')
    return label === 'user' ? { atMs, what: 'Asked the assistant', detail: '' } : null
  const tone =
    type === 'proctor_flag'
      ? 'flag'
      : type === 'gap' || type === 'rejected' || type === 'quarantined'
        ? 'failed'
        : undefined
  return { atMs, what: WHAT[type] ?? type, detail, ...(tone && { tone }) }
}
