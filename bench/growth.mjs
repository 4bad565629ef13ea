// Whether ingest stays as fast with more sessions, and with a longer one: see README.md.
import postgres from 'postgres'
import { oneLongSession } from './growth/long-session.mjs'
import { moreEchoes, moreSessions } from './growth/more-sessions.mjs'
import { usualBatches } from './ingest/round.mjs'
import { UNLIMITED } from './support/candidates.mjs'
import { spread } from './support/numbers.mjs'
import { startProduct } from './support/product.mjs'
import { micros, table } from './support/table.mjs'

export const about =
  'events/s committed and p99 of acks, from 10 to 5,000 sessions and up to a million events of one'

export const options = {
  rounds: { default: 3, about: 'of each, in turns' },
  seconds: { default: 8, about: 'that are measured with each number of sessions' },
  warm: { default: 10, about: 'seconds before that: as long as an event may wait to be flushed' },
  sessions: { default: 5_000, about: 'in the end' },
  events: { default: 1_000_000, about: 'of one session in the end; 0 leaves that out' },
}

const MAX_WORSE = 0.2
const SESSIONS = [10, 100, 1_000]
const BATCH_EVENTS = 25

/** @typedef {import('./growth/driver.mjs').Figures} Figures */
/** @typedef {{ sessions: Figures[], echo: Figures[], events: import('./growth/long-session.mjs').Stretch[] }} Round */
/** @typedef {{ perSec: number, ackP50Ms: number, ackP99Ms: number, worse: number }} Step worse: by what share than the first, at its worst */

/**
 * @param {Record<string, number>} chosen
 * @param {(text: string) => void} say
 * @returns {Promise<{ lines: string[], result: Record<string, unknown> }>}
 */
export async function run(chosen, say) {
  const { rounds: count = 1, sessions = 1, events = 1 } = chosen
  const counts = [...SESSIONS.filter((n) => n < sessions), sessions]
  const { about: recording, batches, eventBytes } = await usualBatches(BATCH_EVENTS)
  const product = await startProduct(say, UNLIMITED)
  const sql = postgres(product.databaseUrl, { max: 2, onnotice: () => {} })
  /** @type {Round[]} */
  const rounds = []
  try {
    for (let i = 0; i < count; i++) {
      const here = (/** @type {string} */ text) => say(`round ${i + 1} of ${count}: ${text}`)
      const stage = { product, sql, batches, chosen, say: here }
      const ours = await moreSessions(stage, counts)
      const echo = await moreEchoes({ ...stage, say: (text) => here(`bare echo, ${text}`) }, counts)
      const long = events > 0 ? await oneLongSession(stage, events) : []
      rounds.push({ sessions: ours, echo, events: long })
    }
  } finally {
    await sql.end({ timeout: 5 })
    await product.stop()
  }
  return report(rounds, counts, { recording, eventBytes, batch: BATCH_EVENTS })
}

function report(
  /** @type {Round[]} */ rounds,
  /** @type {number[]} */ counts,
  /** @type {Record<string, unknown>} */ details,
) {
  const sessions = stepsOf(rounds.map((round) => round.sessions))
  const echo = stepsOf(rounds.map((round) => round.echo))
  const events = stepsOf(rounds.map((round) => round.events))
  const starts = rounds[0]?.events.map(({ fromEvents }) => fromEvents) ?? []
  const [first, last] = [sessions[0]?.perSec ?? Number.NaN, sessions.at(-1)?.perSec ?? Number.NaN]
  const worst = Math.max(...[...sessions, ...events].map(({ worse }) => worse))
  return {
    lines: [
      `Batches of ${details.batch} events of ${details.eventBytes} bytes, as many under way whatever the number of sessions is: ${details.recording}.`,
      '',
      ...table(
        ['sessions', ...FIGURES, '', 'bare echo', 'ack p50 ms', 'ack p99 ms'],
        counts.map((n, i) => [`${n}`, ...cells(sessions[i]), '', ...cells(echo[i]).slice(0, 3)]),
      ),
      '',
      ...table(
        ['one session, from', ...FIGURES],
        events.map((step, i) => [`${starts[i]} events`, ...cells(step)]),
      ),
    ],
    result: {
      ours: last,
      limit: first,
      peer: null,
      unit: 'events/s committed, with the most sessions and with the fewest',
      ratio: last / first,
      goal: `events/s and p99 of acks ≤ ${MAX_WORSE * 100} % worse`,
      holds: worst <= MAX_WORSE,
      rounds,
      worst,
      counts,
      sessions,
      echo,
      events,
      ...details,
    },
  }
}

const FIGURES = ['events/s', 'ack p50 ms', 'ack p99 ms', 'worse']

/** @returns {Step[]} medians of the rounds, each beside the first */
function stepsOf(/** @type {Figures[][]} */ rounds) {
  const medianOf = (/** @type {number} */ i, /** @type {keyof Figures} */ what) =>
    spread(rounds.map((round) => round[i]?.[what] ?? Number.NaN)).median
  return (rounds[0] ?? []).map((_, i) => ({
    perSec: medianOf(i, 'perSec'),
    ackP50Ms: medianOf(i, 'ackP50Ms'),
    ackP99Ms: medianOf(i, 'ackP99Ms'),
    worse: Math.max(
      1 - medianOf(i, 'perSec') / medianOf(0, 'perSec'),
      medianOf(i, 'ackP99Ms') / medianOf(0, 'ackP99Ms') - 1,
    ),
  }))
}

const cells = (/** @type {Step | undefined} */ step) =>
  step === undefined
    ? []
    : [
        micros({ median: step.perSec }),
        step.ackP50Ms.toFixed(1),
        step.ackP99Ms.toFixed(1),
        `${(step.worse * 100).toFixed(0)} %`,
      ]
