import { mean, percentile, spread } from '../support/numbers.mjs'
import { bytes, megabytes, micros, table } from '../support/table.mjs'

/** @typedef {import('./run-pages.mjs').MeasuredRound} MeasuredRound */
/** @typedef {ReturnType<typeof spread>} Spread */

/**
 * What one recorder cost at one pace, over its rounds. Times in µs of main thread per edit.
 * @typedef {object} Costs
 * @property {number} rounds
 * @property {Spread} keyP50Us within the keystroke's task
 * @property {Spread} keyP99Us
 * @property {Spread} keyMeanUs
 * @property {Spread} allP50Us with all that came until the next edit
 * @property {Spread} allP99Us
 * @property {Spread} allMeanUs all that the recorder took, until everything had arrived
 * @property {Spread} taskUs processor time of the whole main thread, editor and frames included
 * @property {Spread} heapGrowthBytes of the page, editor included
 * @property {Record<string, number>} callersUs what called the recorder
 */

/** @returns {Costs} */
export function costs(/** @type {MeasuredRound[]} */ rounds) {
  const over = (/** @type {(round: MeasuredRound) => number} */ of) => spread(rounds.map(of))
  const us = (/** @type {number} */ ms) => ms * 1000
  const edits = rounds[0]?.keyMs.length ?? 0
  return {
    rounds: rounds.length,
    keyP50Us: over(({ keyMs }) => us(percentile(keyMs, 0.5))),
    keyP99Us: over(({ keyMs }) => us(percentile(keyMs, 0.99))),
    keyMeanUs: over(({ keyMs }) => us(mean(keyMs))),
    allP50Us: over(({ allMs }) => us(percentile(allMs, 0.5))),
    allP99Us: over(({ allMs }) => us(percentile(allMs, 0.99))),
    allMeanUs: over(({ totalMs }) => us(totalMs / edits)),
    taskUs: over(({ taskMs }) => us(taskMs / edits)),
    heapGrowthBytes: over(({ heapGrowthBytes }) => heapGrowthBytes),
    callersUs: Object.fromEntries(
      Object.keys(rounds[0]?.callers ?? {}).map((caller) => [
        caller,
        spread(rounds.map(({ callers }) => us((callers[caller]?.ms ?? 0) / edits))).median,
      ]),
    ),
  }
}

/** One figure of each round, in the order they were run. */
export function perRound(
  /** @type {MeasuredRound[]} */ rounds,
  /** @type {'keyP50Us' | 'allMeanUs'} */ figure,
) {
  const of = (/** @type {string} */ name) =>
    rounds.filter(({ variant }) => variant === name).map((round) => costs([round])[figure].median)
  const [ours, bare, rrweb] = [of('ours'), of('bare'), of('rrweb')]
  return ours.map((value, i) => ({ ours: value, limit: bare[i], peer: rrweb[i] }))
}

const VARIANTS = /** @type {const} */ (['none', 'bare', 'ours', 'rrweb'])
const NAMES = { none: 'no recorder', bare: 'bare listener', ours: 'our recorder', rrweb: 'rrweb' }

/** By variant, of those that were run. */
export function costsByVariant(/** @type {MeasuredRound[]} */ rounds) {
  /** @type {Partial<Record<keyof typeof NAMES, Costs>>} */
  const all = {}
  for (const variant of VARIANTS) {
    const own = rounds.filter((round) => round.variant === variant)
    if (own.length > 0) all[variant] = costs(own)
  }
  return all
}

/** @returns {string[]} lines */
export function costLines(/** @type {ReturnType<typeof costsByVariant>} */ all) {
  const heapAlone = all.none?.heapGrowthBytes.median ?? Number.NaN
  const rows = Object.entries(all).map(([variant, cost]) => [
    NAMES[/** @type {keyof typeof NAMES} */ (variant)],
    micros(cost.keyP50Us),
    micros(cost.keyP99Us),
    micros(cost.keyMeanUs),
    micros(cost.allP50Us),
    micros(cost.allP99Us),
    micros(cost.allMeanUs),
    micros(cost.taskUs),
    megabytes(cost.heapGrowthBytes),
    variant === 'none' ? '' : megabytes({ median: cost.heapGrowthBytes.median - heapAlone }),
  ])
  return table(
    [
      'µs per edit',
      'key p50',
      'key p99',
      'key mean',
      'all p50',
      'all p99',
      'all mean',
      'whole page',
      'heap MB',
      'added MB',
    ],
    rows,
  )
}

/** @returns {string[]} what called each recorder, per edit */
export function callerLines(/** @type {ReturnType<typeof costsByVariant>} */ all) {
  return Object.entries(all)
    .filter(([, { callersUs }]) => Object.keys(callersUs).length > 0)
    .map(([variant, { callersUs }]) => {
      const parts = Object.entries(callersUs).sort(([, a], [, b]) => b - a)
      const name = NAMES[/** @type {keyof typeof NAMES} */ (variant)]
      return `  ${name}, called by: ${parts.map(([caller, us]) => `${caller} ${us.toFixed(1)}`).join(' · ')}`
    })
}

/** @returns {string[]} */
export function byteLines(
  /** @type {MeasuredRound[]} */ rounds,
  /** @type {{ wire: number, archive: number }} */ least,
) {
  const rows = [['least possible', bytes(least.wire), '', '', bytes(least.archive), '']]
  for (const { variant, bytes: measured } of rounds) {
    if (!measured) continue
    const { wire, wireBack, messages, archive, archiveWhole } = measured
    rows.push([
      NAMES[variant],
      bytes(wire),
      bytes(wireBack),
      messages.toFixed(2),
      bytes(archive),
      bytes(archiveWhole),
    ])
  }
  const lines = table(['bytes per edit', 'wire', 'back', 'messages', 'archive', 'all objects'], rows)
  for (const { variant, bytes: measured } of rounds) {
    if (!measured) continue
    const edits = rounds[0]?.keyMs.length ?? 1
    const types = Object.entries(measured.byType)
      .sort(([, a], [, b]) => b.bytes - a.bytes)
      .map(([type, { count, bytes: all }]) => `${type} ${bytes(all / edits)} (${count})`)
    lines.push(`  ${NAMES[variant]}, on the wire by type: ${types.join(' · ')}`)
  }
  return lines
}

/** @returns {string[]} the functions of a recorder that took most of the main thread */
export function profileLines(/** @type {MeasuredRound[]} */ rounds) {
  return rounds.flatMap(({ variant, pace, costs: functions, keyMs }) => {
    const own = (functions ?? []).filter(({ source }) => RECORDER_SOURCES.test(source)).slice(0, 30)
    if (own.length === 0) return []
    const lines = own.map(({ name, source, selfMs, isInKey }) => {
      const us = (1000 * selfMs) / keyMs.length
      return `  ${us.toFixed(1).padStart(7)}  ${isInKey ? 'key  ' : 'later'}  ${name}  ${source}`
    })
    return ['', `Self time in µs per edit, sampled, ${NAMES[variant]}, ${pace}:`, ...lines]
  })
}

const RECORDER_SOURCES = /client-sdk|protocol\/|socket\.io|engine\.io|rrweb/
