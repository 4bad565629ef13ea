import { wholeEvents } from '../whole-events.js'
import { Budget, NDJSON_HAS_ALL, shortened } from './budget.js'
import { type Html, html } from './escape.js'
import type { ReportInput, ReportNote } from './report.js'
import { clock } from './words.js'

const TYPES = ['proctor_note', 'proctor_flag', 'proctor_message', 'time_extended']
const MAX_NOTES = 5000
const MAX_TEXT_CHARS = 20_000
const KINDS: Record<string, string> = {
  note: 'Note',
  flag: 'Flag',
  message: 'Message to the candidate',
  extended: 'Time extended',
}

interface Remark {
  kind: string
  text: string
  author: string
  atMs: number
}

/** What proctors noted, during the session and after it, and said to the candidate. */
export async function* notesSection(input: ReportInput): AsyncGenerator<Html> {
  const { remarks, leftOut } = await remarksOf(input)
  if (remarks.length === 0) {
    yield html`<p class="empty">Nobody noted anything.</p>
`
    return
  }
  const budget = new Budget()
  budget.leftOut = leftOut
  yield html`<ol class="rows">`
  for (const { kind, text, author, atMs } of remarks.sort((a, b) => a.atMs - b.atMs)) {
    const entry = html`<li><time>${clock(atMs - input.session.startMs)}</time><div><b class="${kind === 'flag' ? 'flag' : ''}">${KINDS[kind] ?? kind}</b>${author === '' ? null : html` <small>${author}</small>`}${text === '' ? null : html`<p class="theirs">${shortened(text, MAX_TEXT_CHARS, NDJSON_HAS_ALL)}</p>`}</div></li>
`
    const kept = budget.take(entry)
    if (kept !== null) yield kept
  }
  yield html`</ol>${budget.rest('note', NDJSON_HAS_ALL)}`
}

async function remarksOf({ source, notes }: ReportInput): Promise<{ remarks: Remark[]; leftOut: number }> {
  const remarks: Remark[] = notes.map(({ kind, text, author, atMs }) => ({ kind, text, author, atMs }))
  const logged = new Set(notes.map(placeOf))
  let leftOut = 0
  for await (const event of wholeEvents(source, TYPES)) {
    // The log has the newest version of what was noted while the session was recorded.
    if (logged.has(`${event.source}:${event.sourceSeq}`)) continue
    if (remarks.length >= MAX_NOTES) {
      leftOut++
      continue
    }
    const data = (event.data ?? {}) as Record<string, unknown>
    const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
    const minutes = typeof data.timeLimit === 'number' ? `to ${Math.round(data.timeLimit / 60)} minutes ` : ''
    remarks.push({
      kind: event.type.replace(/^(proctor|time)_/, ''),
      text: `${minutes}${textOf(data.text)}`.trim(),
      author: textOf(data.author),
      atMs: typeof data.atMs === 'number' ? data.atMs : event.timestamp,
    })
  }
  return { remarks, leftOut }
}

const placeOf = ({ source, sourceSeq }: ReportNote): string => `${source}:${sourceSeq}`
