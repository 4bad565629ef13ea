import type { SessionStats, SessionTimeline } from '../../../protocol/http/analysis.js'
import type { ExportedSession, ExportSource } from '../recording.js'
import { chatSection } from './chat.js'
import { codeSection } from './code.js'
import { commandsSection } from './commands.js'
import { completenessSection } from './completeness.js'
import { type Html, html } from './escape.js'
import { factsSection } from './facts.js'
import { head } from './head.js'
import { momentsSection } from './moments.js'
import { notesSection } from './notes.js'
import { plots } from './plots.js'
import { STYLE } from './style.js'
import { summary } from './summary.js'
import { testsSection } from './tests.js'

/** A note or flag of the log of what was noted, as its newest version has it. */
export interface ReportNote {
  kind: 'note' | 'flag'
  text: string
  author: string
  atMs: number
  /** The event it stands for, where it was made while the session was recorded. */
  source: number | null
  sourceSeq: number | null
}

export interface ReportInput {
  source: ExportSource
  session: ExportedSession
  stats: SessionStats
  timeline: SessionTimeline
  notes: readonly ReportNote[]
  /** Ratings given after the event, 1 to 5, by the seq of the turn. */
  ratings: ReadonlyMap<number, number>
  archiveState: string
  madeAtMs: number
}

/** A section, in pieces, none of them large. */
export type Section = (input: ReportInput) => AsyncIterable<Html> | Iterable<Html>

const SECTIONS: readonly { id: string; title: string; of: Section }[] = [
  { id: 'notes', title: 'Notes and flags', of: notesSection },
  { id: 'moments', title: 'Moments', of: momentsSection },
  { id: 'tests', title: 'Test runs', of: testsSection },
  { id: 'chat', title: 'AI chat', of: chatSection },
  { id: 'commands', title: 'Commands', of: commandsSection },
  { id: 'facts', title: 'Pastes, focus and connection', of: factsSection },
  { id: 'completeness', title: 'How complete this recording is', of: completenessSection },
  { id: 'code', title: 'Final code', of: codeSection },
]

/**
 * The whole interview on one page: a single file without scripts or anything from elsewhere, to be read on screen
 * or printed. Texts of candidates are shown as text, whatever they hold.
 */
export async function* htmlReport(given: ReportInput): AsyncGenerator<string> {
  const input = fromItsBeginning(given)
  const { session } = input
  yield `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>Interview ${session.id}</title>
<style>${STYLE}</style>
</head>
<body>
`
  yield head(input).markup
  yield summary(input).markup
  yield html`<nav aria-label="Contents">${SECTIONS.map(({ id, title }) => html`<a href="#${id}">${title}</a>`)}</nav>
<main>
`.markup
  yield plots(input).markup
  for (const { id, title, of } of SECTIONS) {
    yield html`<section id="${id}"><h2>${title}</h2>
`.markup
    for await (const piece of of(input)) yield piece.markup
    yield '</section>\n'
  }
  yield html`</main>
<footer>Made ${input.madeAtMs > 0 ? dateLine(input) : ''} from ${input.stats.totalEvents} events, the last of which has seq ${input.stats.throughSeq}. This line is the end of the report: a copy without it was cut off.</footer>
</body>
</html>
`.markup
}

function dateLine({ madeAtMs }: ReportInput): string {
  return new Date(madeAtMs).toISOString().slice(0, 16).replace('T', ' ').concat(' UTC')
}

/**
 * Events may be dated before the session's row was made, or after its end: the report begins with the first of them and
 * is as long as they are, so that no part of it is longer than the whole.
 */
function fromItsBeginning(input: ReportInput): ReportInput {
  const { session, stats } = input
  const { firstEvent, lastEvent } = stats.activityTimeline
  if (firstEvent === null || lastEvent === null) return input
  const startMs = Math.min(session.startMs, firstEvent)
  const endMs = Math.max(session.endMs ?? lastEvent, lastEvent)
  const duration = Math.round((endMs - startMs) / 1000)
  return { ...input, session: { ...session, startMs }, stats: { ...stats, duration } }
}
