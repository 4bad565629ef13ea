import { StopError } from './stop-error.mjs'

/** In the order they run: what fails fastest and explains most comes first. */
export const CHECKS = /** @type {const} */ (['types', 'lint', 'imports', 'build'])
export const SUITES = /** @type {const} */ (['unit', 'service', 'fault', 'browser'])

/**
 * Which suites run together. Tests with servers wait for them: side by side they take as long as their work, not as long as
 * their waiting.
 */
export const TOGETHER = /** @type {const} */ ([['unit'], ['service', 'fault', 'browser']])

/** @typedef {(typeof CHECKS)[number]} Check */
/** @typedef {(typeof SUITES)[number]} Suite the vitest project of that name */

/**
 * @param {string[]} args of the command
 * @returns {{ checks: Check[], suites: Suite[], filters: string[], redis: 'single' | 'cluster' }} `filters`: parts of test
 *   files' paths; `redis`: what the tests share
 * @throws {StopError} naming what was not understood
 */
export function chosenStages(args) {
  const known = /** @type {readonly string[]} */ ([...CHECKS, ...SUITES])
  /** @type {string[] | null} */
  let only = null
  /** @type {'single' | 'cluster'} */
  let redis = 'single'
  /** @type {string[]} */
  const filters = []
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? ''
    if (arg === '--only' || arg.startsWith('--only=')) {
      const list = arg === '--only' ? args[++i] : arg.slice('--only='.length)
      only = (list ?? '').split(',').filter(Boolean)
      const unknown = only.filter((name) => !known.includes(name))
      if (only.length === 0 || unknown.length > 0) {
        throw new StopError(
          `--only takes names of stages (${known.join(', ')}); given: ${list ?? 'nothing'}.`,
        )
      }
    } else if (arg === '--redis-cluster') {
      redis = 'cluster'
    } else if (arg.startsWith('-')) {
      throw new StopError(
        `${arg} is unknown. Use --only STAGE,…, --redis-cluster, or parts of test files' paths.`,
      )
    } else filters.push(arg)
  }
  const wanted = (/** @type {string} */ name) => only === null || only.includes(name)
  return {
    // Who names test files wants these, not the checks of the whole project.
    checks: filters.length > 0 && only === null ? [] : CHECKS.filter(wanted),
    suites: SUITES.filter(wanted),
    filters,
    redis,
  }
}

/**
 * @typedef {object} Counts
 * @property {number} passed
 * @property {number} failed
 * @property {{ test: string, reason: string }[]} skipped
 * @property {string[]} failures what failed, by name
 */

/**
 * The last line of the command, on which machines rely.
 * @param {Counts[]} all
 */
export function totals(all) {
  const sum = (/** @type {(counts: Counts) => number} */ of) =>
    all.reduce((total, counts) => total + of(counts), 0)
  return {
    failed: sum(({ failed }) => failed),
    line: `${sum(({ passed }) => passed)} passed, ${sum(({ failed }) => failed)} failed, ${sum(({ skipped }) => skipped.length)} skipped`,
  }
}
