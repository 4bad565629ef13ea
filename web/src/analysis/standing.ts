import type { StatisticsView } from '../../../protocol/http/index.js'
import { count, counted } from '../ui/format.js'
import { listed } from './words.js'

/** Of fewer sessions no distribution can be told: their points are shown. */
export const FEW_SESSIONS = 5
/** So close to the middle that neither side means anything. */
const MIDDLE = 5
const ROUNDING = 1e-6

export interface StandingWords {
  above: string
  below: string
  most: string
  least: string
}

type Distribution = Pick<StatisticsView['metrics'][string], 'count' | 'min' | 'max'>

/**
 * Where a session's number stands among those of the sessions compared, in words: `earlier than 70 % of 43 sessions`.
 * `percentile` is the percentage of sessions below it, equal ones counting half; `of` says what is compared.
 */
export function standing(
  own: { value: number; percentile: number | null } | undefined,
  among: Distribution | undefined,
  words: StandingWords,
  of = 'session',
  ofMany = `${of}s`,
): string {
  if (own === undefined || own.percentile === null || among === undefined) return 'nothing to compare with'
  const sessions = counted(among.count, of, ofMany)
  if (among.count < FEW_SESSIONS) return `${sessions}: too few to say how common this is`
  if (among.min === among.max && own.value === among.min) return `the same in all ${sessions}`
  // Equal ones count half: a session that alone has the most stands half a session below the end.
  const alone = 50 / among.count + ROUNDING
  const shared = (distance: number) => (distance <= alone ? '' : ', together with others')
  if (own.value >= among.max) return `${words.most} of ${sessions}${shared(100 - own.percentile)}`
  if (own.value <= among.min) return `${words.least} of ${sessions}${shared(own.percentile)}`
  if (Math.abs(own.percentile - 50) <= MIDDLE) return `in the middle of ${sessions}`
  const [word, share] =
    own.percentile > 50 ? [words.above, own.percentile] : [words.below, 100 - own.percentile]
  return `${word} than ${count(Math.floor(share))} % of ${sessions}`
}

/** Where a few of many sessions have a number at all. */
export const fewOfMany = (fewCount: number, sessionCount: number): string =>
  `only ${count(fewCount)} of ${counted(sessionCount, 'session')} ${fewCount === 1 ? 'has' : 'have'} this figure: too few to say how common it is`

/** Of a few sessions each value is named, but for the marked session's own, which stands beside it already. */
export function fewInWords(
  { sessions = [], session }: Pick<StatisticsView, 'sessions' | 'session'>,
  metric: string,
  format: (value: number) => string,
): string {
  const others = sessions
    .filter(({ id }) => id !== session?.id)
    .flatMap(({ metrics }) => metrics[metric] ?? [])
    .sort((a, b) => a - b)
    .map(format)
  if (session === undefined) return listed(others)
  return others.length === 0 ? 'no other session has this figure' : `the others: ${listed(others)}`
}
