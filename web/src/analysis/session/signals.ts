import type { StatisticsView } from '../../../../protocol/http/index.js'
import type { MetricName } from '../../../../replay/analysis/index.js'
import { count, counted } from '../../ui/format.js'
import type { Moment } from '../moments.js'
import { type StandingWords, standing } from '../standing.js'
import { lengthWords, seconds, times } from '../words.js'
import { type Computed, largestGrowth } from './findings.js'

/** Something to look at: what happened, where it can be seen, and how common it is. Never what it means. */
export interface Signal {
  kind: string
  title: string
  /** What is known of it, and what is not. */
  evidence: string
  /** The number of the statistics that says how much of it there is. */
  metric: MetricName
  words: StandingWords
  moments: Moment[]
}

/** Shorter pastes are names and calls. */
export const PASTE_CHARS = 80
const AWAY_SECONDS = 30
const PAUSE_SECONDS = 300
const UNEXPLAINED_SHARE = 0.1

const number: StandingWords = { above: 'more', below: 'fewer', most: 'the most', least: 'the fewest' }
const length: StandingWords = {
  above: 'longer',
  below: 'shorter',
  most: 'the longest',
  least: 'the shortest',
}

/** A flag that is no event of the recording: it was given after the close. */
export interface LaterFlag {
  /** The moment that it is about, epoch ms. */
  atMs: number
  text: string
}

/** The signals of a session, those with the most to see first. */
export function signalsOf(computed: Computed, laterFlags: readonly LaterFlag[] = []): Signal[] {
  return [
    outsidePastes(computed),
    unexplained(computed),
    timesAway(computed),
    ...pageSignals(computed),
    pauses(computed),
    flags(computed),
    flagsAfterClose(laterFlags),
    losses(computed),
  ].filter((signal) => signal !== null)
}

function outsidePastes({ stats: { pastes } }: Computed): Signal | null {
  const large = pastes.items.filter(
    ({ from, lengthChars }) => from === 'outside' && (lengthChars ?? 0) >= PASTE_CHARS,
  )
  if (large.length === 0) return null
  const chars = large.reduce((sum, { lengthChars }) => sum + (lengthChars ?? 0), 0)
  return {
    kind: 'paste',
    title: `${counted(large.length, 'paste')} from outside, ${counted(chars, 'character')}`,
    evidence:
      'The text stood neither in the files of the session nor in an answer of the assistant. The task, the terminal and the own prompts are not looked through.',
    metric: 'pastes.outsideChars',
    words: number,
    moments: large.map(({ atMs, lengthChars, filePath }) => ({
      atMs,
      what: `${counted(lengthChars ?? 0, 'character')}${filePath === null ? '' : ` into ${filePath}`}`,
    })),
  }
}

function unexplained({ stats: { provenance }, series }: Computed): Signal | null {
  const share = provenance.total === 0 ? 0 : provenance.unexplained / provenance.total
  if (share < UNEXPLAINED_SHARE) return null
  const where = largestGrowth(series.code, 'unexplained')
  return {
    kind: 'unexplained',
    title: `${counted(provenance.unexplained, 'character')} of the final code of no known origin`,
    evidence:
      'No recorded edit says where this text came from. Edits recorded without an origin, an editor that is not recorded, tools that write files, and lost events look like this.',
    metric: 'provenance.unexplained',
    words: number,
    moments: where === null ? [] : [where],
  }
}

function timesAway({ stats: { focus }, series: { awayTimes } }: Computed): Signal | null {
  const long = awayTimes.filter(({ fromMs, toMs }) => toMs - fromMs >= AWAY_SECONDS * 1000)
  if (long.length === 0) return null
  return {
    kind: 'away',
    title: `Away from the page ${times(long.length)} for ${AWAY_SECONDS} s or longer`,
    evidence: `No page of the interview was in front, ${seconds(focus.awaySeconds)} in all. What was in front instead is not recorded.`,
    metric: 'focus.awaySeconds',
    words: length,
    moments: long.map(({ fromMs, toMs }) => ({ atMs: fromMs, what: seconds((toMs - fromMs) / 1000) })),
  }
}

const PAGE_SIGNALS = [
  [
    'second_tab',
    'signals.secondTabs',
    'The interview was opened in a second tab',
    'Both tabs were recorded.',
  ],
  [
    'fullscreen_exit',
    'signals.fullscreenExits',
    'Full screen was left',
    'A key or the browser can end it, too.',
  ],
  [
    'connection_lost',
    'signals.connectionLosses',
    'The connection was lost',
    'The tab recorded on and sent what it held afterwards.',
  ],
] as const

function pageSignals({ series: { signals } }: Computed): (Signal | null)[] {
  return PAGE_SIGNALS.map(([type, metric, title, evidence]) => {
    const found = signals.filter((signal) => signal.type === type)
    if (found.length === 0) return null
    return {
      kind: type,
      title: `${title} ${times(found.length)}`,
      evidence,
      metric,
      words: number,
      moments: found.map(({ atMs }) => ({ atMs, what: '' })),
    }
  })
}

function pauses({ stats: { activityTimeline } }: Computed): Signal | null {
  const long = activityTimeline.idleGaps.items.filter((gap) => gap.seconds >= PAUSE_SECONDS)
  if (long.length === 0) return null
  return {
    kind: 'pause',
    title: `${counted(long.length, 'pause')} of ${PAUSE_SECONDS / 60} minutes or longer`,
    evidence: 'Nothing was typed, run or asked. Thinking, talking and reading look the same.',
    metric: 'activityTimeline.idleGaps.longestSeconds',
    words: length,
    moments: long.map((gap) => ({ atMs: gap.fromMs, what: lengthWords(gap.seconds) })),
  }
}

function flags({ timeline: { checkpoints } }: Computed): Signal | null {
  const found = checkpoints.filter(({ type }) => type === 'proctor_flag')
  if (found.length === 0) return null
  return {
    kind: 'flag',
    title: `Flagged by a proctor ${times(found.length)}`,
    evidence: 'Somebody who watched wanted it looked at.',
    metric: 'annotations.flags',
    words: number,
    moments: found.map(({ timestamp, label }) => ({ atMs: timestamp, what: label ?? '' })),
  }
}

function flagsAfterClose(found: readonly LaterFlag[]): Signal | null {
  if (found.length === 0) return null
  return {
    kind: 'later-flag',
    title: `Flagged after the close ${times(found.length)}`,
    evidence: 'Somebody who looked at the recording wanted it looked at again.',
    metric: 'annotations.flags',
    words: number,
    moments: [...found].sort((a, b) => a.atMs - b.atMs).map(({ atMs, text }) => ({ atMs, what: text })),
  }
}

function losses({ stats: { recording } }: Computed): Signal | null {
  if (recording.lostEvents === 0) return null
  return {
    kind: 'loss',
    title: `${counted(recording.lostEvents, 'event')} of the recording never arrived`,
    evidence: 'What happened there is not known. The numbers of this page are of the rest.',
    metric: 'recording.lostEvents',
    words: number,
    moments: [],
  }
}

/** How common a signal is among the sessions of the question, as far as they tell. */
export function commonness({ metric, words }: Signal, comparison: StatisticsView | null): string {
  if (comparison === null) return 'This session names no question, so there is nothing to compare it with.'
  const among = comparison.metrics[metric]
  const own = comparison.session?.metrics[metric]
  const said = standing(own, among, words, 'session of this question', 'sessions of this question')
  if (among === undefined || among.count < 5) return sentence(said)
  const none = among.p75 === 0 ? 'three quarters' : among.p50 === 0 ? 'half' : null
  return sentence(none === null ? said : `${said}; at least ${none} have none`)
}

const sentence = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`

/** So many moments are shown as links at once. */
export const SHOWN_MOMENTS = 6
export const moreMoments = ({ length }: readonly Moment[]): string | null =>
  length <= SHOWN_MOMENTS ? null : `and ${count(length - SHOWN_MOMENTS)} more`
