import type { RecordedEvent } from '../../../protocol/events.js'
import { SIGNAL_TYPES } from '../../state.js'
import { Budget, NDJSON_HAS_ALL } from './budget.js'
import { type Html, html } from './escape.js'
import type { ReportInput } from './report.js'
import { clock, counted, span } from './words.js'

/** What ends what, and what it is called meanwhile. */
const ENDS: Record<string, string> = {
  tab_visible: 'tab_hidden',
  window_focus: 'window_blur',
  connection_restored: 'connection_lost',
}
const LASTING: Record<string, string> = {
  tab_hidden: 'Tab out of view',
  window_blur: 'Another window in front',
  connection_lost: 'Connection lost',
}
const FROM: Record<string, string> = {
  outside: 'from elsewhere',
  own: 'the candidate’s own text',
  ai: 'from an answer of the assistant',
  unknown: 'of unknown origin',
}

/** What the tab noticed, as it stands in the recording. What it means is for a person to find out. */
export async function* factsSection(input: ReportInput): AsyncGenerator<Html> {
  const { source, session, stats } = input
  const pastes = new Map(stats.pastes.items.map((paste) => [paste.seq, paste]))
  const open = new Map<string, number>()
  const budget = new Budget()
  let rows = 0

  const row = (atMs: number, what: string, detail: string, seq: number | null): Html | null => {
    rows++
    return budget.take(
      html`<tr><td><time>${clock(atMs - session.startMs)}</time></td><td>${what}</td><td class="theirs">${detail}</td><td>${seq === null ? '' : `#${seq}`}</td></tr>
`,
    )
  }
  yield html`<p class="quiet">What the candidate's tab noticed, without judgement: each has ordinary reasons. The number is the event's place in the recording.</p>
<table class="facts-table"><thead><tr><th>Time</th><th>What</th><th>Detail</th><th>Event</th></tr></thead><tbody>
`
  for await (const page of source.events(SIGNAL_TYPES)) {
    for (const event of page) {
      const { type, seq, timestamp } = event
      if (LASTING[type] !== undefined) {
        const key = `${event.source}:${type}`
        if (!open.has(key)) open.set(key, timestamp)
        continue
      }
      const began = ENDS[type]
      let made: Html | null
      if (began !== undefined) {
        const key = `${event.source}:${began}`
        const sinceMs = open.get(key)
        if (sinceMs === undefined) continue
        open.delete(key)
        made = row(sinceMs, LASTING[began] ?? began, `for ${span((timestamp - sinceMs) / 1000)}`, seq)
      } else if (type === 'paste') made = row(timestamp, 'Paste', pasteWords(event, pastes.get(seq)), seq)
      else if (type === 'copy') made = row(timestamp, 'Copy', lengthWords(event), seq)
      else if (type === 'fullscreen_exit') made = row(timestamp, 'Left full screen', '', seq)
      else made = row(timestamp, 'A second tab was open', '', seq)
      if (made !== null) yield made
    }
  }
  // A page that is reloaded or closed tells no end: how long it was is in no event of its own.
  for (const [key, sinceMs] of open) {
    const type = key.slice(key.indexOf(':') + 1)
    const made = row(sinceMs, LASTING[type] ?? type, 'its page did not tell until when', null)
    if (made !== null) yield made
  }
  yield html`</tbody></table>
`
  if (rows === 0)
    yield html`<p class="empty">Nothing of the kind was noticed.</p>
`
  yield budget.rest('entry', NDJSON_HAS_ALL)
}

function pasteWords(
  event: RecordedEvent,
  paste: ReportInput['stats']['pastes']['items'][number] | undefined,
): string {
  const from = paste === undefined ? '' : `, ${FROM[paste.from] ?? paste.from}`
  const path = paste?.filePath ?? event.fileId
  return `${lengthWords(event)}${from}${path === null || path === undefined ? '' : `, in ${path.slice(0, 300)}`}`
}

function lengthWords({ data }: RecordedEvent): string {
  const { lengthChars } = (data ?? {}) as { lengthChars?: unknown }
  return typeof lengthChars === 'number' ? counted(lengthChars, 'character') : 'length not told'
}
