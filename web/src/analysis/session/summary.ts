import type { Provenance } from '../../../../protocol/http/analysis.js'
import { count, counted, took } from '../../ui/format.js'
import type { Moment } from '../moments.js'
import { offsetText } from '../moments.js'
import { ORIGINS } from '../origins.js'
import { lengthWords, partOfLength, percentages, seconds, times } from '../words.js'
import { allPassed, type Computed, largestGrowth, most } from './findings.js'

/** A number in a sentence, and the moment that shows it best. */
export interface Figure {
  text: string
  moment: Moment | null
}
/** Read one after the other, the parts are the sentence. */
export type Sentence = (string | Figure)[]

const figure = (text: string, moment: Moment | null): Figure => ({ text, moment })
const moment = (atMs: number, what: string): Moment => ({ atMs, what })

/** A pause shorter than this is not worth a sentence. */
const LONG_PAUSE_SECONDS = 120

/** What the numbers say of a session, in sentences to be read aloud. */
export function summarise(computed: Computed): Sentence[] {
  const { stats } = computed
  const { firstEvent } = stats.activityTimeline
  if (firstEvent === null) return [['Nothing has been recorded.']]
  const sentences = [
    activity(computed),
    pause(computed),
    tests(computed, firstEvent),
    provenance(computed),
    assistant(computed),
    away(computed),
    ...recording(computed),
  ]
  return sentences.filter((sentence) => sentence !== null)
}

/** The same as plain text. */
export const plainText = (sentence: Sentence): string =>
  sentence.map((part) => (typeof part === 'string' ? part : part.text)).join('')

function activity({ stats: { status, duration, activityTimeline } }: Computed): Sentence {
  const { totalActiveTime: active, editBursts, firstEvent } = activityTimeline
  const burst = most(editBursts.items, ({ fromMs, toMs }) => toMs - fromMs)
  const where =
    burst === null
      ? firstEvent === null
        ? null
        : moment(firstEvent, 'the first event')
      : moment(burst.fromMs, 'the longest stretch of editing')
  const text = duration === null ? lengthWords(active) : partOfLength(active, duration)
  return status === 'ACTIVE'
    ? ['The interview goes on; so far active ', figure(text, where), '.']
    : ['Active ', figure(text, where), '.']
}

function pause({ stats }: Computed): Sentence | null {
  const gap = most(stats.activityTimeline.idleGaps.items, (each) => each.seconds)
  if (gap === null || gap.seconds < LONG_PAUSE_SECONDS) return null
  return [
    'The longest pause took ',
    figure(lengthWords(gap.seconds), moment(gap.fromMs, 'the longest pause')),
    '.',
  ]
}

function tests({ stats: { testExecution }, series }: Computed, firstMs: number): Sentence {
  const { totalTests, totalRuns } = testExecution
  const { testRuns, firstPass } = series
  const last = testRuns.at(-1)
  if (totalRuns === 0) return ['No tests were run.']
  const lastMoment = last === undefined ? null : moment(last.endMs, 'the last run')
  if (totalTests === 0)
    return ['Tests were started ', figure(times(totalRuns), lastMoment), ', without a recorded result.']
  if (firstPass === null) return ['No test passed in ', figure(counted(totalRuns, 'run'), lastMoment), '.']
  const sentence: Sentence = [
    'First passing test at ',
    figure(offsetText(firstPass.atMs - firstMs), moment(firstPass.atMs, 'the first passing test')),
  ]
  const complete = testRuns.find(allPassed)
  const best = most(testRuns, (run) => run.passed)
  if (complete !== undefined) {
    const at = moment(complete.endMs, 'the first run in which all passed')
    sentence.push(', all passing at ', figure(offsetText(complete.endMs - firstMs), at))
  } else if (best !== null) {
    const of = Math.max(best.testCount ?? 0, best.passed + best.failed)
    const at = moment(best.endMs, 'the best run')
    sentence.push(', at best ', figure(`${best.passed} of ${of} passing`, at))
  }
  if (last !== undefined && complete !== undefined && last.failed > 0) {
    sentence.push('; in the last run ', figure(`${count(last.failed)} failed`, lastMoment))
  }
  return [...sentence, '.']
}

/** What was given says nothing of the candidate: the shares are those of the rest, where there is any. */
function provenance({ stats, series }: Computed): Sentence {
  const { given, total } = stats.provenance
  if (total === 0) return ['The final files hold no code.']
  const where = (name: Provenance) => largestGrowth(series.code, name)
  if (given === total) return [figure('All', where('given')), ' of the final code was there from the start.']
  const added = ORIGINS.filter(({ name }) => name !== 'given')
  const shares = percentages(added.map(({ name }) => [name, stats.provenance[name]] as const))
  const sentence: Sentence = []
  if (given > 0) {
    const [share] = percentages([
      ['given', given],
      ['added', total - given],
    ])
    sentence.push(figure(capital(share?.text ?? ''), where('given')))
    sentence.push(' of the final code was there from the start; of the rest, ')
  }
  for (const [i, { name, text }] of shares.entries()) {
    const said = ORIGINS.find((origin) => origin.name === name)?.said ?? name
    if (i > 0) sentence.push(i === shares.length - 1 ? ' and ' : ', ')
    const opens = i === 0 && given === 0
    const share = text === '100 %' ? 'all' : text
    sentence.push(figure(opens ? capital(share) : share, where(name)))
    sentence.push(`${opens ? ' of the final code' : ''} ${said}`)
  }
  return [...sentence, '.']
}

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1)

function assistant({ stats: { claudeInteractions }, series: { aiTurns } }: Computed): Sentence {
  const { interactionsByRole, totalInteractions, averageLatency, totalTokensUsed } = claudeInteractions
  if (totalInteractions === 0) return ['The assistant was not used.']
  const tokens = (turn: (typeof aiTurns)[number]) => (turn.inputTokens ?? 0) + (turn.outputTokens ?? 0)
  const prompts = aiTurns.filter(({ role }) => role === 'user')
  const firstTurn = prompts[0] ?? aiTurns[0]
  const begin = firstTurn === undefined ? null : moment(firstTurn.atMs, 'the first turn of the chat')
  const { user } = interactionsByRole
  const sentence: Sentence =
    user > 0
      ? ['The assistant was asked ', figure(times(user), begin)]
      : ['The chat has ', figure(counted(totalInteractions, 'turn'), begin), ' and no prompt']
  const before = claudeInteractions.aiTurnsBeforeFirstPass
  if (user > 0 && before !== null) {
    const lastBefore = before === 0 ? undefined : prompts[before - 1]
    const at =
      lastBefore === undefined ? null : moment(lastBefore.atMs, 'the last prompt before a test passed')
    const all = before === user && user > 1 ? 'every time' : before === 0 ? 'never' : times(before)
    sentence.push(', ', figure(all, at), ' before the first test passed')
  }
  const slowest = most(
    aiTurns.filter(({ latency }) => latency !== null),
    ({ latency }) => latency ?? 0,
  )
  if (averageLatency !== null && slowest !== null) {
    const at = moment(slowest.atMs, 'the slowest answer')
    sentence.push('; its answers took ', figure(took(averageLatency), at), ' on average')
  }
  const largest = most(aiTurns, tokens)
  if (totalTokensUsed > 0 && largest !== null) {
    const at = moment(largest.atMs, 'the turn of most tokens')
    sentence.push(
      averageLatency === null ? '; it used ' : ' and used ',
      figure(`${count(totalTokensUsed)} tokens`, at),
    )
  }
  return [...sentence, '.']
}

function away({ stats: { focus }, series: { awayTimes } }: Computed): Sentence {
  if (focus.awayCount === 0) return ['No time away from the page was recorded.']
  const longest = most(awayTimes, ({ fromMs, toMs }) => toMs - fromMs)
  const where = longest === null ? null : moment(longest.fromMs, 'the longest time away')
  const first = awayTimes[0]
  const start = first === undefined ? null : moment(first.fromMs, 'the first time away')
  const sentence: Sentence = ['Away from the page ', figure(times(focus.awayCount), start)]
  if (focus.awayCount === 1) return [...sentence, ', for ', figure(seconds(focus.awaySeconds), where), '.']
  sentence.push(', ', figure(seconds(focus.awaySeconds), where), ' in all')
  if (focus.longestAwaySeconds !== null)
    sentence.push(', the longest for ', figure(seconds(focus.longestAwaySeconds), where))
  return [...sentence, '.']
}

/** What is missing is said, so that nobody takes the numbers for the whole. */
function recording({ stats: { recording: told, limitsReached } }: Computed): Sentence[] {
  const missing: Sentence[] = []
  if (told.lostEvents > 0)
    missing.push([figure(counted(told.lostEvents, 'event'), null), ' of this recording never arrived.'])
  if (told.incompleteTexts > 0)
    missing.push([
      figure(counted(told.incompleteTexts, 'long text'), null),
      ' did not arrive whole and counts nowhere.',
    ])
  if (limitsReached.length > 0)
    missing.push([
      `The recording is larger than what is analysed (${limitsReached.join(', ')}): some figures are lower bounds.`,
    ])
  return missing
}
