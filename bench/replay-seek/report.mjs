import { percentile, sum } from '../support/numbers.mjs'
import { table } from '../support/table.mjs'

const GOALS = { firstMs: 500, firstBytes: 1_000_000, loadedMs: 16, fetchedMs: 50, keyframeShare: 0.1 }
const GOAL =
  'first frame ≤ 500 ms and ≤ 1 MB; seek p99 ≤ 16 ms loaded, ≤ 50 ms fetched; keyframes ≤ 10 % of the archive'

/** @typedef {import('../replay-seek.mjs').Round} Round */

/**
 * Of several rounds the middle one counts, of openings the worst.
 * @param {{ built: any, casts: { segments: number }, rounds: Round[], seeks: number }} measured
 */
export function report({ built: { metadata, bytes, tookMs, terminal }, casts, rounds, seeks }) {
  const size = (/** @type {string} */ name) => metadata.objects[name].bytes
  const keyframeShare = size('keyframes.json.gz') / bytes
  const kinds = {
    loaded: seeksOf(rounds, (round) => round.loaded.map(({ ms }) => ms)),
    loadedState: seeksOf(rounds, (round) => round.loaded.map(({ stateMs }) => stateMs)),
    fetched: seeksOf(rounds, (round) => round.fetched.map(({ ms }) => ms)),
    fetchedHere: seeksOf(rounds, (round) => round.fetched.map(({ hereMs }) => hereMs)),
    wholeCast: seeksOf(rounds, (round) => round.wholeCast.took),
    segmentedCast: seeksOf(rounds, (round) => round.segmentedCast.took),
    rrweb: seeksOf(rounds, (round) => round.rrweb.took),
  }
  const openings = rounds.flatMap(({ opened }) => Object.values(opened))
  const measured = {
    firstMs: Math.max(...openings.map(({ ms }) => ms)),
    firstBytes: Math.max(...openings.map(({ bytes: fetched }) => fetched)),
    loadedMs: kinds.loaded.p99,
    fetchedMs: kinds.fetched.p99,
    keyframeShare,
  }
  const missed = Object.entries(GOALS).filter(
    ([name, goal]) => measured[/** @type {keyof typeof GOALS} */ (name)] > goal,
  )
  const { rrweb } = /** @type {Round} */ (rounds[0])
  const mb = (/** @type {number} */ value) => (value / 1e6).toFixed(2)
  const percent = (/** @type {number} */ share) => `${(100 * share).toFixed(1)} %`
  const row = (/** @type {string} */ name, /** @type {keyof typeof kinds} */ kind) => [
    name,
    kinds[kind].p50.toFixed(1),
    kinds[kind].p99.toFixed(1),
  ]
  return {
    lines: [
      `${metadata.session.eventCount} events; archive ${mb(bytes)} MB: events ${mb(size('events.json.gz'))}, snapshots ${mb(size('snapshots.json.gz'))},`,
      `keyframes ${mb(size('keyframes.json.gz'))} (${percent(keyframeShare)} of all), overview ${mb(size('overview.json.gz'))}; written and verified in ${(tookMs / 1000).toFixed(0)} s`,
      '',
      ...table(
        ['opened, until all panes hold the state', 'ms', 'MB fetched', 'requests'],
        /** @type {const} */ (['start', 'middle', 'end']).map((name) => {
          const worst = (/** @type {'ms' | 'bytes' | 'requests'} */ what) =>
            Math.max(...rounds.map(({ opened }) => opened[name][what]))
          return [`at the ${name}`, worst('ms').toFixed(0), mb(worst('bytes')), String(worst('requests'))]
        }),
      ),
      '',
      ...table(
        [`${seeks} random moments, ${rounds.length} rounds`, 'p50 ms', 'p99 ms'],
        [
          row('segment loaded, all panes', 'loaded'),
          row('… of that the state', 'loadedState'),
          row('fetched, all panes', 'fetched'),
          row('… of that until the state is there', 'fetchedHere'),
          row(`asciinema-player, one file of ${terminal.length} chunks, terminal`, 'wholeCast'),
          row(`asciinema-player, ${casts.segments} segments, terminal`, 'segmentedCast'),
          row(`rrweb, ${rrweb.edits} edits (${rrweb.events} events, ${mb(rrweb.bytes)} MB), page`, 'rrweb'),
        ],
      ),
      '',
      `  A jump, with its frames and what is loaded on the side, takes ${(sum(rounds.map((round) => round.taskMsPerSeek)) / rounds.length).toFixed(1)} ms of the main thread's processor time.`,
      ...(missed.length === 0 ? [] : ['', `  Missed: ${missed.map(([name]) => name).join(', ')}.`]),
    ],
    result: {
      ours: measured.fetchedMs,
      limit: kinds.loaded.p99,
      peer: kinds.segmentedCast.p99,
      unit: 'ms for a seek with fetching, p99; the limit is one without, the peer asciinema-player, segmented',
      ratio: measured.fetchedMs / kinds.segmentedCast.p99,
      goal: GOAL,
      holds: missed.length === 0,
      rounds: rounds.map((round) => ({
        opened: round.opened,
        loaded: spreadOf(round.loaded.map(({ ms }) => ms)),
        fetched: spreadOf(round.fetched.map(({ ms }) => ms)),
        bytesPerSeek: round.bytesPerSeek,
        taskMsPerSeek: round.taskMsPerSeek,
      })),
      measured,
      goals: GOALS,
      seeksMs: kinds,
      archive: {
        bytes,
        objects: Object.fromEntries(Object.keys(metadata.objects).map((name) => [name, size(name)])),
      },
      seeks,
    },
  }
}

const spreadOf = (/** @type {number[]} */ values) => ({
  p50: percentile(values, 0.5),
  p99: percentile(values, 0.99),
  longest: Math.max(...values),
})

/** Of the rounds' figures the middle ones. */
function seeksOf(/** @type {Round[]} */ rounds, /** @type {(round: Round) => number[]} */ of) {
  const spreads = rounds.map((round) => spreadOf(of(round)))
  const middle = (/** @type {'p50' | 'p99' | 'longest'} */ key) =>
    percentile(
      spreads.map((spread) => spread[key]),
      0.5,
    )
  return { p50: middle('p50'), p99: middle('p99'), longest: middle('longest') }
}
