import type { MetricName } from '../../../replay/analysis/index.js'
import { count, took } from '../ui/format.js'
import { seconds } from './words.js'

/** A number that sessions are compared by. */
export interface ComparedFigure {
  metric: MetricName
  label: string
  /** How the number is written, with its unit where it needs one. */
  format: (value: number) => string
  above: string
  below: string
  most: string
  least: string
}

const amount = { above: 'more', below: 'less', most: 'the most', least: 'the least' }
const number = { above: 'more', below: 'fewer', most: 'the most', least: 'the fewest' }
const degree = { above: 'higher', below: 'lower', most: 'the highest', least: 'the lowest' }
const length = { above: 'longer', below: 'shorter', most: 'the longest', least: 'the shortest' }
const whole = (value: number): string => count(Math.round(value))

/** The main figures, in the order of an interview's story. */
export const COMPARED_FIGURES: readonly ComparedFigure[] = [
  { metric: 'activityTimeline.totalActiveTime', label: 'Active time', format: seconds, ...length },
  {
    metric: 'testExecution.timeToFirstPass',
    label: 'First passing test',
    format: seconds,
    above: 'later',
    below: 'earlier',
    most: 'the latest',
    least: 'the earliest',
  },
  { metric: 'testExecution.totalRuns', label: 'Test runs', format: whole, ...number },
  {
    metric: 'testExecution.passRate',
    label: 'Results that passed',
    format: (value) => `${Math.round(value)} %`,
    ...degree,
  },
  { metric: 'provenance.typed', label: 'Characters typed', format: whole, ...number },
  { metric: 'provenance.ai', label: 'Characters from the assistant', format: whole, ...number },
  { metric: 'provenance.pasted', label: 'Characters pasted from outside', format: whole, ...number },
  {
    metric: 'claudeInteractions.interactionsByRole.user',
    label: 'Prompts to the assistant',
    format: whole,
    ...number,
  },
  { metric: 'claudeInteractions.totalTokensUsed', label: 'Tokens used', format: whole, ...number },
  {
    metric: 'claudeInteractions.averageLatency',
    label: 'Wait for an answer, on average',
    format: took,
    ...length,
  },
  {
    metric: 'claudeInteractions.averagePromptQuality',
    label: 'Prompts as rated, 1 to 5',
    format: (value) => value.toFixed(1),
    ...degree,
  },
  { metric: 'terminalActivity.totalCommands', label: 'Commands', format: whole, ...number },
  { metric: 'activityTimeline.idleGaps.longestSeconds', label: 'Longest pause', format: seconds, ...length },
  { metric: 'focus.awaySeconds', label: 'Time away from the page', format: seconds, ...amount },
]
