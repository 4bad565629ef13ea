import type { DensityKind, Provenance } from '../../../protocol/http/analysis.js'
import { type Html, html } from './escape.js'
import type { ReportInput } from './report.js'
import { clock, count, percent } from './words.js'

// Shapes stretch with the page, so what is written stands beside them as text, never inside.

const WIDTH = 1000
const HEIGHT = 100
const MIN_BAR = 2
const LANES: readonly { label: string; kinds: readonly DensityKind[] }[] = [
  { label: 'Edits', kinds: ['edits'] },
  { label: 'Terminal', kinds: ['terminal'] },
  { label: 'Tests', kinds: ['tests'] },
  { label: 'Assistant', kinds: ['ai'] },
  { label: 'Pastes, focus', kinds: ['pastes', 'signals'] },
]
const PROVENANCE: readonly [Provenance, string][] = [
  ['typed', 'typed'],
  ['completed', 'completed by the editor'],
  ['moved', 'moved within the files'],
  ['ai', 'from the assistant'],
  ['pasted', 'pasted from elsewhere'],
  ['program', 'written by programs'],
  ['given', 'given at the start'],
  ['unexplained', 'not explained by events'],
]
const TICK_STEPS_MIN = [1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 1440]
const MAX_TICKS = 8

export const plots = (input: ReportInput): Html => html`<section id="overview"><h2>Overview</h2>
${activity(input)}${testsOverTime(input)}${provenance(input)}</section>
`

/** The time axis that all plots share. */
function axisOf({ timeline, session }: ReportInput) {
  const fromMs = Math.min(session.startMs, timeline.firstMs ?? session.startMs)
  const toMs = Math.max(fromMs + 1000, timeline.lastMs ?? fromMs)
  const at = (ms: number): number =>
    round((Math.min(Math.max(ms, fromMs), toMs) - fromMs) / ((toMs - fromMs) / WIDTH))
  return { fromMs, toMs, at, startMs: session.startMs }
}

const round = (n: number): number => Math.round(n * 10) / 10

function ticks(input: ReportInput): Html {
  const { startMs, toMs, at } = axisOf(input)
  const minutes = (toMs - startMs) / 60_000
  const step = TICK_STEPS_MIN.find((one) => minutes / one <= MAX_TICKS) ?? Math.ceil(minutes / MAX_TICKS)
  const marks = Array.from(
    { length: Math.min(MAX_TICKS, Math.floor(minutes / step)) + 1 },
    (_, i) => i * step,
  )
  return html`<div class="axis" aria-hidden="true">${marks.map((minute) =>
    tickAt(at(startMs + minute * 60_000) / (WIDTH / 100), clock(minute * 60_000)),
  )}</div>`
}

/** Labels at the ends stay inside. */
function tickAt(leftPercent: number, label: string): Html {
  const place = leftPercent < 4 ? 'from' : leftPercent > 96 ? 'to' : ''
  return html`<span class="${place}" style="left:${round(leftPercent)}%">${label}</span>`
}

const shape = (label: string, inner: Html, height = HEIGHT): Html =>
  html`<svg viewBox="0 0 ${WIDTH} ${height}" preserveAspectRatio="none" role="img" aria-label="${label}">${inner}</svg>`

const bar = (x: number, y: number, width: number, height: number): string =>
  `M${x} ${round(y)}h${round(width)}v${round(height)}h${-round(width)}z`

function activity(input: ReportInput): Html {
  const { density, idleGaps } = input.timeline
  const { at } = axisOf(input)
  const { startMs, bucketMs } = density
  if (startMs === null) return html`<p class="empty">There are no events to show.</p>`
  const idle = idleGaps.map(({ fromMs, toMs }) => bar(at(fromMs), 0, at(toMs) - at(fromMs), HEIGHT)).join('')
  const lanes = LANES.map(({ label, kinds }) => {
    const [first = []] = kinds.map((kind) => density.kinds[kind])
    const counts = first.map((_, i) => kinds.reduce((sum, kind) => sum + (density.kinds[kind][i] ?? 0), 0))
    const total = counts.reduce((sum, n) => sum + n, 0)
    const most = Math.max(1, ...counts)
    const path = counts
      .map((n, i) => {
        if (n === 0) return ''
        const x = at(startMs + i * bucketMs)
        // A root: one command beside a thousand keystrokes must still be seen.
        const height = Math.max(12, HEIGHT * Math.sqrt(n / most))
        return bar(x, HEIGHT - height, Math.max(MIN_BAR, at(startMs + (i + 1) * bucketMs) - x - 0.6), height)
      })
      .join('')
    const drawing = html`<path class="idle" d="${idle}"/><path class="bars" d="${path}"/>`
    return html`<div class="lane"><span>${label}<small>${count(total)}</small></span>${shape(`${label}: ${count(total)} events over time`, drawing)}</div>`
  })
  return html`<figure class="lanes"><figcaption>Activity <small>events over time${idle === '' ? '' : '; grey: more than a minute without any'}</small></figcaption>
${lanes}${ticks(input)}</figure>
`
}

function testsOverTime(input: ReportInput): Html {
  const { runs } = input.stats.testExecution
  const { at } = axisOf(input)
  const shown = runs.filter((run) => run.passed + run.failed > 0)
  if (shown.length === 0) return html``
  const most = Math.max(1, ...shown.map((run) => run.passed + run.failed))
  const width = Math.max(3, Math.min(14, (WIDTH / shown.length) * 0.6))
  let [passed, failed] = ['', '']
  for (const run of shown) {
    const x = round(Math.min(Math.max(0, at(run.atMs) - width / 2), WIDTH - width))
    const [green, red] = [(HEIGHT * run.passed) / most, (HEIGHT * run.failed) / most]
    if (green > 0) passed += bar(x, HEIGHT - green, width, green)
    if (red > 0) failed += bar(x, HEIGHT - green - red, width, red)
  }
  const label = `Tests over ${count(shown.length)} runs; in the last one ${count(shown.at(-1)?.passed ?? 0)} passed and ${count(shown.at(-1)?.failed ?? 0)} failed`
  const drawing = html`<path class="passed" d="${passed}"/><path class="failed" d="${failed}"/>`
  return html`<figure class="lanes tests"><figcaption>Tests <small><i class="key passed"></i>passed <i class="key failed"></i>failed, a bar for each run</small></figcaption>
<div class="lane tall"><span>up to ${count(most)}</span>${shape(label, drawing)}</div>${ticks(input)}</figure>
`
}

function provenance({ stats: { provenance: p } }: ReportInput): Html {
  if (p.total === 0) return html``
  const parts = PROVENANCE.filter(([name]) => p[name] > 0)
  let x = 0
  const bars = parts.map(([name]) => {
    const width = (WIDTH * p[name]) / p.total
    const path = bar(round(x), 0, Math.max(MIN_BAR, width), HEIGHT)
    x += width
    return html`<path class="p-${name}" d="${path}"/>`
  })
  const label = parts.map(([name, words]) => `${percent(p[name], p.total)} ${words}`).join(', ')
  return html`<figure class="provenance"><figcaption>Where the final code came from <small>${count(p.total)} characters</small></figcaption>
${shape(label, html`${bars}`)}
<ul>${parts.map(
    ([name, words]) =>
      html`<li><i class="key p-${name}"></i><b>${percent(p[name], p.total)}</b> ${words} <small>${count(p[name])}</small></li>`,
  )}</ul></figure>
`
}
