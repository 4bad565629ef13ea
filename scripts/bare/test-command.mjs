import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { buildConsole, bundleProcesses, runTool } from './build.mjs'
import { createOutput, formatMs } from './output.mjs'
import { endRuns } from './processes.mjs'
import { failedWhole, runSuites, skipSuite } from './run-suite.mjs'
import { bringPackages, lockSetUp } from './set-up.mjs'
import { StopError } from './stop-error.mjs'
import { onStopSignals } from './stop-signals.mjs'
import { chromium, chromiumShell, haproxy, pgbouncer } from './system-packages.mjs'
import { openTestRun, startTestCluster, startTestPostgres, startTestRedis } from './test-servers.mjs'
import { chosenStages, TOGETHER, totals } from './test-stages.mjs'

const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')

/** @typedef {import('./test-stages.mjs').Counts} Counts */
/** @typedef {{ stage: string, counts: Counts, tookMs: number }} Result */

/**
 * `npm test`: sets up, runs the stages, each whatever became of those before, and sums up. The last line is
 * always `N passed, N failed, N skipped`, unless it was interrupted (exit status 130).
 * @param {string[]} args see chosenStages
 */
export async function testCommand(args) {
  const out = createOutput()
  const { asked, force } = onStopSignals(() => out.line('\n  Stopping.\n'))
  const mark = `${process.pid}-${randomBytes(6).toString('hex')}`
  const run = openTestRun({ mark, note: out.note })
  /** @type {Result[]} */
  const results = []
  asked.addEventListener('abort', async () => {
    endRuns()
    await run.close(force)
    process.exit(130)
  })
  try {
    await allStages({ out, run, mark, args, results, asked })
  } catch (error) {
    if (asked.aborted) return
    results.push({ stage: 'set-up', counts: failedWhole('set-up'), tookMs: 0 })
    if (error instanceof StopError) out.error(error.message, error.detail)
    else
      out.error(
        'This is a fault of the test command itself.',
        error instanceof Error ? error.stack : String(error),
      )
  }
  if (asked.aborted) return
  await run.close(force)
  const { failed, line } = totals(results.map(({ counts }) => counts))
  sumUp(out, results)
  out.line(line)
  process.exitCode = failed === 0 ? 0 : 1
}

/**
 * @param {{ out: import('./output.mjs').Output, run: import('./test-servers.mjs').TestRun, mark: string,
 *   args: string[], results: Result[], asked: AbortSignal }} request
 */
async function allStages({ out, run, mark, args, results, asked }) {
  const { checks, suites, filters, redis } = chosenStages(args)
  const record = async (/** @type {string} */ stage, /** @type {() => Promise<Counts>} */ work) => {
    if (asked.aborted) return
    const startedAtMs = Date.now()
    const counts = await work()
    if (!asked.aborted) results.push({ stage, counts, tookMs: Date.now() - startedAtMs })
  }

  out.heading('Setting up')
  await out.step('Packages', async (say) => {
    const release = await lockSetUp(ROOT, say)
    try {
      return { value: null, detail: await bringPackages(ROOT, say) }
    } finally {
      release()
    }
  })
  const servers = await setUpServers(out, run, suites, redis)

  if (checks.length > 0) out.heading('Checks')
  for (const check of checks) await record(check, () => runCheck(out, check))

  const { env, missing } = servers
  /** Why a suite can't run here; null where it can. */
  const obstacle = (/** @type {import('./test-stages.mjs').Suite} */ suite) =>
    suite === 'unit' ? null : (missing.server ?? (suite === 'browser' ? missing.browser : null))
  for (const suite of suites) {
    const reason = obstacle(suite)
    if (reason === null) continue
    await record(suite, async () => {
      out.heading(`Tests: ${suite}`)
      out.line(`  not run: ${reason}`)
      // Without a browser these tests are beside the point; without its servers the machine is not set up.
      return missing.server === null
        ? skipSuite({ root: ROOT, suite, filters, reason })
        : failedWhole(`${suite}: ${reason}`)
    })
  }
  for (const group of TOGETHER) {
    const together = group.filter((suite) => suites.includes(suite) && obstacle(suite) === null)
    if (together.length === 0) continue
    const names = together.join(', ')
    await record(names, () => {
      out.heading(`Tests: ${names}`)
      const { tempDir, roster } = run
      return runSuites({ root: ROOT, suites: together, filters, tempDir, mark, env, roster })
    })
  }
}

/**
 * @param {import('./output.mjs').Output} out
 * @param {import('./test-servers.mjs').TestRun} run
 * @param {import('./test-stages.mjs').Suite[]} suites
 * @param {'single' | 'cluster'} redis
 * @returns {Promise<{ env: NodeJS.ProcessEnv, missing: { server: string | null, browser: string | null } }>}
 */
async function setUpServers(out, run, suites, redis) {
  const missing = {
    server: /** @type {string | null} */ (null),
    browser: /** @type {string | null} */ (null),
  }
  if (suites.every((suite) => suite === 'unit')) return { env: {}, missing }
  /** @type {NodeJS.ProcessEnv} */
  const env = {}
  const startShared = redis === 'cluster' ? startTestCluster : startTestRedis
  try {
    Object.assign(env, await out.step('PostgreSQL', (say) => startTestPostgres(run, ROOT, say)))
    Object.assign(env, await out.step('Redis', (say) => startShared(run, say)))
  } catch (error) {
    if (!(error instanceof StopError)) throw error
    out.error(error.message, error.detail)
    missing.server = error.message
  }
  if (suites.includes('fault')) {
    // Tests of it are skipped where it is missing, and say so.
    await out.step('HAProxy', async (say) => {
      const found = await haproxy(say)
      env.TEST_HAPROXY = found.path ?? ''
      return { value: null, detail: found.path ?? found.reason }
    })
    await out.step('PgBouncer', async (say) => {
      const found = await pgbouncer(say)
      env.TEST_PGBOUNCER = found.path ?? ''
      return { value: null, detail: found.path ?? found.reason }
    })
  }
  if (suites.includes('browser')) {
    missing.browser = await out.step('Chromium', async (say) => {
      const found = await chromium(process.env, say)
      if (found.path === null) return { value: found.reason, detail: found.reason }
      env.CHROMIUM_WITH_TABS_PATH = found.path
      env.CHROMIUM_PATH = (await chromiumShell(process.env, say)) ?? found.path
      return { value: null, detail: env.CHROMIUM_PATH }
    })
  }
  return { env, missing }
}

/**
 * @param {import('./output.mjs').Output} out
 * @param {import('./test-stages.mjs').Check} check
 * @returns {Promise<Counts>}
 */
async function runCheck(out, check) {
  const tool = (/** @type {string} */ script, /** @type {string[]} */ args) => async () => {
    const { code, output } = await runTool(ROOT, script, args)
    if (code !== 0) throw new StopError(`${check} failed`, output)
    return ''
  }
  const work = {
    types: tool('typescript/bin/tsc', ['-b']),
    lint: tool('@biomejs/biome/bin/biome', ['ci', '--colors=off', '.']),
    imports: tool('../scripts/check-imports.mjs', []),
    build: async (/** @type {(text: string) => void} */ say) => {
      await bundleProcesses(ROOT, say)
      return buildConsole(ROOT, say)
    },
  }[check]
  try {
    await out.step(check, async (say) => ({ value: null, detail: await work(say) }))
    return { passed: 1, failed: 0, skipped: [], failures: [] }
  } catch (error) {
    if (!(error instanceof StopError)) throw error
    out.line(error.detail.trim())
    return failedWhole(check)
  }
}

/** What was skipped and why, what failed, and a line for each stage. */
function sumUp(/** @type {import('./output.mjs').Output} */ out, /** @type {Result[]} */ results) {
  const { style, line } = out
  const skipped = results.flatMap(({ counts }) => counts.skipped)
  if (skipped.length > 0) out.heading('Skipped')
  for (const { test, reason } of skipped) line(`  ${test}\n    ${style.dim(reason)}`)
  const failures = results.flatMap(({ counts }) => counts.failures)
  if (failures.length > 0) out.heading('Failed')
  for (const failure of failures) line(`  ${style.red('✗')} ${failure}`)
  out.heading('Summary')
  const width = Math.max(...results.map(({ stage }) => stage.length))
  for (const { stage, counts, tookMs } of results) {
    const { line: numbers } = totals([counts])
    line(
      `  ${counts.failed === 0 ? style.green('✓') : style.red('✗')} ${stage.padEnd(width)} ${numbers.padEnd(36)} ${style.dim(formatMs(tookMs))}`,
    )
  }
  line()
}
