import { turnFailureOf } from '../../fold/chat.js'
import { wholeEvents } from '../whole-events.js'
import { Budget, NDJSON_HAS_ALL, shortened } from './budget.js'
import { type Html, html } from './escape.js'
import type { ReportInput } from './report.js'
import { clock, count, took } from './words.js'

const MAX_TURN_CHARS = 200_000
const WHO: Record<string, string> = { user: 'Candidate', assistant: 'Assistant', system: 'System' }

/** Every turn, as it was written. */
export async function* chatSection({ source, session, ratings }: ReportInput): AsyncGenerator<Html> {
  const budget = new Budget()
  let turns = 0
  for await (const event of wholeEvents(source, ['ai_interaction'])) {
    turns++
    const data = (event.data ?? {}) as Record<string, unknown>
    const number = (value: unknown) => (typeof value === 'number' ? value : null)
    const role = String(data.role)
    const rating = ratings.get(event.seq) ?? number(data.promptQuality)
    const tokens = (number(data.inputTokens) ?? 0) + (number(data.outputTokens) ?? 0)
    const latencyMs = number(data.latency)
    const failure = turnFailureOf(data)
    const facts = [
      typeof data.model === 'string' ? data.model.slice(0, 100) : null,
      tokens > 0 ? `${count(tokens)} tokens` : null,
      latencyMs === null ? null : took(latencyMs),
      rating === null ? null : `rated ${rating} of 5`,
      failure === null ? null : `no whole answer (${failure})`,
    ].filter((fact) => fact !== null)
    const content = typeof data.content === 'string' ? data.content : ''
    const kept = budget.take(
      html`<article class="turn ${WHO[role] === undefined ? '' : role}"><h3><time>${clock(event.timestamp - session.startMs)}</time> ${WHO[role] ?? 'Unknown'} <small>${facts.join(' · ')}</small></h3>
<div class="theirs text">${shortened(content.trimEnd(), MAX_TURN_CHARS, NDJSON_HAS_ALL)}</div></article>
`,
    )
    if (kept !== null) yield kept
  }
  if (turns === 0)
    yield html`<p class="empty">The assistant was not used.</p>
`
  yield budget.rest('turn', NDJSON_HAS_ALL)
}
