import { Budget, NDJSON_HAS_ALL } from './budget.js'
import { type Html, html } from './escape.js'
import type { ReportInput } from './report.js'
import { clock, counted, dateOf } from './words.js'

const LOSS_TYPES = ['rejected', 'quarantined', 'gap', 'custom:not_recorded']
const ARCHIVE: Record<string, string> = {
  none: 'The session is not closed; there is no archive yet.',
  pending: 'The archive is being written.',
  verified: 'The archive was read back and matches what was recorded.',
  failed: 'The archive could not be written yet; the recording is in the database.',
}

/** What is missing, what came late, and who wrote what: said in any case, also where all is well. */
export async function* completenessSection(input: ReportInput): AsyncGenerator<Html> {
  const { source, session, stats, archiveState } = input
  const { recording } = stats
  const lines: [number, string][] = [
    [recording.lostEvents, 'sent by a tab and never arrived'],
    [recording.rejected, 'refused by the service, because they were malformed or too large'],
    [recording.quarantined, 'refused by the database and kept aside'],
    [recording.incompleteTexts, 'long texts of which pieces are missing'],
    [recording.lateEvents, 'arrived after the close, within its grace'],
    [recording.clockFarEvents, 'from a clock that was more than a day off'],
  ]
  const told = lines.filter(([n]) => n > 0)
  yield html`<ul class="plain"><li>${counted(stats.totalEvents, 'event')} recorded, up to seq ${stats.throughSeq}. ${ARCHIVE[archiveState] ?? ''}</li>
${told.length === 0 ? html`<li>Of what was sent none was lost, refused or late, as far as the service can know.</li>` : told.map(([n, words]) => html`<li>${counted(n, 'event')} ${words}.</li>`)}
${stats.limitsReached.length === 0 ? null : html`<li>The recording goes beyond bounds of the statistics (${stats.limitsReached.join(', ')}): some numbers are lower bounds.</li>`}</ul>
`
  const budget = new Budget()
  yield html`<ol class="rows">`
  for await (const page of source.events(LOSS_TYPES)) {
    for (const { type, timestamp, data, seq } of page) {
      const kept = budget.take(
        html`<li><time>${clock(timestamp - session.startMs)}</time><div><b>${lossWords(type, (data ?? {}) as Record<string, unknown>)}</b> <small>#${seq}</small></div></li>
`,
      )
      if (kept !== null) yield kept
    }
  }
  yield html`</ol>${budget.rest('entry', NDJSON_HAS_ALL)}
<table><caption>Who wrote into this recording</caption><thead><tr><th>Source</th><th>Role</th><th>Name</th><th>First heard</th><th>Last heard</th></tr></thead><tbody>
${session.sources.slice(0, 200).map(
  ({ source: n, role, sub, firstSeenMs, lastSeenMs }) =>
    html`<tr><td>${n}</td><td>${role}</td><td class="theirs">${sub}</td><td>${dateOf(firstSeenMs)}</td><td>${dateOf(lastSeenMs)}</td></tr>
`,
)}</tbody></table>
${session.sources.length > 200 ? html`<p class="cut">${session.sources.length - 200} more sources not listed.</p>` : null}
`
}

function lossWords(type: string, data: Record<string, unknown>): string {
  const number = (value: unknown): number => (typeof value === 'number' ? value : 0)
  if (type === 'gap') {
    const n = number(data.toSeq) - number(data.fromSeq) + 1
    return `${counted(n, 'event')} of source ${number(data.source)} never arrived (${number(data.fromSeq)} to ${number(data.toSeq)})`
  }
  const code = typeof data.code === 'string' ? data.code.slice(0, 60) : 'no reason told'
  if (type === 'custom:not_recorded') {
    const n = number(data.count)
    return `The tab could not keep ${n > 1 ? counted(n, 'event') : 'an event'}: ${code}`
  }
  const claimed = typeof data.claimedType === 'string' ? data.claimedType.slice(0, 60) : 'unknown'
  return `${type === 'rejected' ? 'Refused' : 'Kept aside'}: an event that claimed to be ${claimed}, ${counted(number(data.sizeBytes), 'byte')} (${code})`
}
