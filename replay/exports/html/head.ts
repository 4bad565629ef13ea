import { type Html, html } from './escape.js'
import type { ReportInput } from './report.js'
import { count, counted, dateOf, percent, span } from './words.js'

const STATUS: Record<string, string> = {
  ACTIVE: 'still being recorded',
  COMPLETED: 'completed',
  ABANDONED: 'abandoned',
  ERROR: 'ended in an error',
}

/** What the session's own question calls itself. */
export function titleOf({ session }: ReportInput): string {
  const { title } = (session.question ?? {}) as { title?: unknown }
  if (typeof title === 'string' && title.trim() !== '') return title
  return typeof session.question === 'string' && session.question !== '' ? session.question : 'Interview'
}

const questionFact = ({ session }: ReportInput, name: string): string | null => {
  const value = ((session.question ?? {}) as Record<string, unknown>)[name]
  return typeof value === 'string' && value !== '' ? value : null
}

export function head(input: ReportInput): Html {
  const { session, stats } = input
  const facts: [string, string | null][] = [
    ['Candidate', session.candidateId],
    ['Language', questionFact(input, 'language')],
    ['Difficulty', questionFact(input, 'difficulty')],
    ['Started', dateOf(session.startMs)],
    ['Length', stats.duration === null ? null : span(stats.duration)],
    ['Time limit', session.timeLimitSec === null ? null : span(session.timeLimitSec)],
    ['Status', STATUS[session.status] ?? session.status],
    ['Session', session.id],
  ]
  return html`<header>
<p class="kicker">Interview recording</p>
<h1>${titleOf(input)}</h1>
<dl class="facts">${facts
    .filter(([, value]) => value !== null)
    .map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
${session.status === 'ACTIVE' ? html`<p class="notice">This session is still being recorded. The report ends at ${dateOf(stats.activityTimeline.lastEvent ?? session.startMs)}.</p>` : null}
</header>
`
}

/** The numbers that stand above everything else. */
export function figures({ stats }: ReportInput): Html {
  const {
    testExecution: tests,
    claudeInteractions: ai,
    activityTimeline,
    pastes,
    focus,
    terminalActivity,
  } = stats
  const questions = ai.interactionsByRole.user === 1 ? 'question' : 'questions'
  const tiles: [label: string, value: string, more: string][] = [
    [
      'Active',
      span(activityTimeline.totalActiveTime),
      stats.duration === null
        ? ''
        : `${percent(activityTimeline.totalActiveTime, stats.duration)} of the time`,
    ],
    [
      'Tests',
      tests.totalRuns === 0 && tests.totalTests === 0
        ? '–'
        : `${count(tests.passed)} / ${count(tests.totalTests)}`,
      tests.totalTests === 0 ? 'none ran' : `passed, in ${counted(tests.totalRuns, 'run')}`,
    ],
    ['First pass', tests.timeToFirstPass === null ? '–' : span(tests.timeToFirstPass), 'after the start'],
    [
      'Assistant',
      count(ai.interactionsByRole.user),
      ai.totalTokensUsed === 0 ? questions : `${questions}, ${counted(ai.totalTokensUsed, 'token')}`,
    ],
    [
      'Commands',
      count(terminalActivity.totalCommands),
      `${count(terminalActivity.uniqueCommands)} different`,
    ],
    [
      'Code',
      `+${count(stats.fileChanges.totalLinesAdded)} −${count(stats.fileChanges.totalLinesDeleted)}`,
      `lines in ${counted(stats.fileChanges.totalSnapshots, 'snapshot')}`,
    ],
    ['From elsewhere', count(pastes.outsideChars), `characters in ${counted(pastes.outsideCount, 'paste')}`],
    ['Away', span(focus.awaySeconds), focus.awayCount === 1 ? 'once' : `${count(focus.awayCount)} times`],
  ]
  return html`<dl class="tiles">${tiles.map(
    ([label, value, more]) => html`<div><dt>${label}</dt><dd>${value}<small>${more}</small></dd></div>`,
  )}</dl>`
}
