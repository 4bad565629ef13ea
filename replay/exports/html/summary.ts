import type { Provenance } from '../../../protocol/http/analysis.js'
import { plain } from '../plain.js'
import { type Html, html } from './escape.js'
import { figures, titleOf } from './head.js'
import type { ReportInput } from './report.js'
import { count, counted, listed, percent, spoken } from './words.js'

const ORIGINS: Record<Provenance, string> = {
  typed: 'was typed',
  ai: 'came from the assistant',
  moved: 'was moved within the files',
  pasted: 'was pasted from elsewhere',
  completed: 'was completed by the editor',
  program: 'was written by programs',
  given: 'was given at the start',
  unexplained: 'is not explained by what was recorded',
}

/** What the numbers say, in sentences that can be read aloud. */
export function sentences(input: ReportInput): string[] {
  return [
    length(input),
    tests(input),
    provenance(input),
    assistant(input),
    away(input),
    losses(input),
  ].filter((sentence) => sentence !== null)
}

export const summary = (input: ReportInput): Html => html`<div class="summary">
<p class="spoken">${sentences(input).join(' ')}</p>
${figures(input)}
</div>
`

function length(input: ReportInput): string {
  const { stats } = input
  const title = plain(titleOf(input))
  const about = title === 'Interview' ? 'The interview' : `The interview on “${title}”`
  if (stats.duration === null) return `${about} has no recorded events.`
  const { totalActiveTime, idleGaps } = stats.activityTimeline
  const pause = idleGaps.longestSeconds
  const longest = pause === null ? '' : `; the longest pause was ${spoken(pause)}`
  const took = spoken(stats.duration)
  const active = spoken(Math.min(totalActiveTime, stats.duration))
  return `${about} took ${took}, ${active === took ? 'all of it' : `${active} of it`} active${longest}.`
}

function tests({ stats }: ReportInput): string {
  const { totalRuns, totalTests, timeToFirstPass, runs } = stats.testExecution
  if (totalTests === 0)
    return totalRuns === 0 ? 'No tests were run.' : 'Tests were run, without recorded results.'
  const last = runs.at(-1)
  const ran =
    totalRuns === 0 ? 'Tests ran' : `Tests ran ${totalRuns === 1 ? 'once' : `${count(totalRuns)} times`}`
  const first =
    timeToFirstPass === null ? 'none of them passed' : `the first passed after ${spoken(timeToFirstPass)}`
  const total = last === undefined ? 0 : last.passed + last.failed
  const end =
    last === undefined || total === 0
      ? ''
      : last.failed === 0
        ? `, and in the last run ${total === 1 ? 'the one test' : `all ${count(total)}`} passed`
        : `, and in the last run ${count(last.passed)} of ${count(total)} passed`
  return `${ran}; ${first}${end}.`
}

function provenance({ stats }: ReportInput): string | null {
  const { provenance: p } = stats
  if (p.total === 0) return null
  // Files that came as snapshots alone: nothing is known of how they were written, and nothing odd about it.
  if (stats.activityTimeline.editBursts.count === 0 && p.unexplained > 0)
    return 'How the final code was written was not recorded.'
  const parts = (Object.keys(ORIGINS) as Provenance[])
    .filter((name) => p[name] > 0)
    .sort((a, b) => p[b] - p[a])
    .map((name) => `${percent(p[name], p.total)} ${ORIGINS[name]}`)
  return `Of the final code ${listed(parts)}.`
}

function assistant({ stats }: ReportInput): string {
  const { interactionsByRole, totalTokensUsed, aiTurnsBeforeFirstPass } = stats.claudeInteractions
  if (interactionsByRole.user + interactionsByRole.assistant === 0) return 'The assistant was not used.'
  const asked = `The assistant was asked ${interactionsByRole.user === 1 ? 'once' : `${count(interactionsByRole.user)} times`}`
  const before =
    aiTurnsBeforeFirstPass === null
      ? ''
      : `, ${beforeFirstPass(aiTurnsBeforeFirstPass, interactionsByRole.user)}before the first passing test`
  const tokens = totalTokensUsed === 0 ? '' : `, with ${count(totalTokensUsed)} tokens`
  return `${asked}${before}${tokens}.`
}

function beforeFirstPass(before: number, all: number): string {
  if (before === 0) return all === 1 ? 'not ' : 'none of them '
  if (before >= all) return all === 1 ? '' : 'all of them '
  return `${count(before)} of them `
}

function away({ stats }: ReportInput): string | null {
  const { awayCount, awaySeconds } = stats.focus
  if (awayCount === 0) return null
  return `No page of the interview was in front ${awayCount === 1 ? 'once' : `${count(awayCount)} times`}, for ${spoken(awaySeconds)} in all.`
}

function losses({ stats: { recording } }: ReportInput): string {
  const missing = recording.lostEvents + recording.rejected + recording.quarantined
  return missing === 0
    ? 'Nothing that was sent is missing from the recording.'
    : `${counted(missing, 'event')} ${missing === 1 ? 'is' : 'are'} missing from the recording.`
}
