import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { runTool } from './build.mjs'
import { readJson } from './files.mjs'
import { identityOf, processesWithEnv, signal } from './processes.mjs'
import { COUNTS_FILE } from './vitest-counts.mjs'

/** Every process that a test starts carries this variable, so what outlives its test is found. */
export const RUN_MARK = 'INTERVIEWLM_TEST_RUN'

const STRAGGLER_TIMEOUT_MS = 10_000

/**
 * Settings of a system that is meant for real use. Tests start systems of their own, and must never find their
 * way to that one.
 */
const SETTINGS = [
  'DATABASE_URL',
  'REDIS_URL',
  'ARCHIVE_URL',
  'AUTH_SECRET',
  'SIGNING_KEY_FILE',
  'DATA_DIR',
  'HOST',
  'PORT',
  'WORKER_HOST',
  'WORKER_PORT',
]

/**
 * Runs the tests of some kinds together, their report on our own output.
 * @param {object} request
 * @param {string} request.root
 * @param {readonly import('./test-stages.mjs').Suite[]} request.suites
 * @param {string[]} request.filters
 * @param {string} request.tempDir
 * @param {string} request.mark the value of RUN_MARK
 * @param {NodeJS.ProcessEnv} request.env what the tests find their servers with
 * @param {ReturnType<typeof import('./roster.mjs').createRoster>} request.roster
 * @returns {Promise<import('./test-stages.mjs').Counts>}
 */
export async function runSuites({ root, suites, filters, tempDir, mark, env, roster }) {
  const names = suites.join(', ')
  const countsFile = join(tempDir, `counts-${suites.join('-')}.json`)
  rmSync(countsFile, { force: true })
  const reporter = fileURLToPath(new URL('./vitest-counts.mjs', import.meta.url))
  const args = [
    'run',
    ...suites.flatMap((suite) => ['--project', suite]),
    '--passWithNoTests',
    '--allowOnly=false',
    '--reporter=default',
    `--reporter=${reporter}`,
  ]
  // A process group of its own: stopped as a whole, in our order.
  const child = spawn(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), ...args, ...filters], {
    cwd: root,
    env: { ...withoutSettings(process.env), ...env, [RUN_MARK]: mark, [COUNTS_FILE]: countsFile },
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
  })
  const pid = child.pid ?? 0
  roster.put({
    name: 'vitest',
    title: 'The tests',
    pid,
    identity: identityOf(pid) ?? '',
    stage: 0,
    stopSignal: 'SIGINT',
    hardSignal: 'SIGKILL',
    graceMs: 5_000,
    group: true,
  })
  const code = await new Promise((resolve) => {
    child.once('error', () => resolve(-1))
    child.once('exit', resolve)
  })
  roster.remove('vitest')
  /** @type {import('./test-stages.mjs').Counts} */
  const counts =
    readJson(countsFile) ?? failedWhole(`${names}: the test runner did not finish (exit code ${code})`)
  if (code !== 0 && counts.failed === 0) {
    counts.failed = 1
    counts.failures.push(`${names}: the test runner ended with exit code ${code}`)
  }
  for (const command of await endStragglers(mark)) {
    counts.failed++
    counts.failures.push(`${names}: a test left a process running: ${command.slice(0, 120)}`)
  }
  return counts
}

/**
 * The tests of a kind that can't run here, counted as skipped.
 * @param {{ root: string, suite: import('./test-stages.mjs').Suite, filters: string[], reason: string }} request
 * @returns {Promise<import('./test-stages.mjs').Counts>}
 */
export async function skipSuite({ root, suite, filters, reason }) {
  const { output } = await runTool(root, 'vitest/vitest.mjs', [
    'list',
    '--project',
    suite,
    '--json',
    '--passWithNoTests',
    ...filters,
  ])
  const start = output.indexOf('[')
  try {
    /** @type {{ name: string, file: string }[]} */
    const tests = start < 0 ? [] : JSON.parse(output.slice(start))
    const skipped = tests.map(({ name, file }) => ({
      test: `${file.slice(root.length + 1)} > ${name}`,
      reason,
    }))
    return { passed: 0, failed: 0, skipped, failures: [] }
  } catch {
    return failedWhole(`${suite}: its tests could not be listed`)
  }
}

/**
 * @param {string} failure
 * @returns {import('./test-stages.mjs').Counts}
 */
export const failedWhole = (failure) => ({ passed: 0, failed: 1, skipped: [], failures: [failure] })

/** Processes may take a moment to end; those that stay are ended and named. */
async function endStragglers(/** @type {string} */ mark) {
  const deadlineMs = Date.now() + STRAGGLER_TIMEOUT_MS
  let left = processesWithEnv(RUN_MARK, mark)
  while (left.length > 0 && Date.now() < deadlineMs) {
    await delay(100)
    left = processesWithEnv(RUN_MARK, mark)
  }
  for (const { pid } of left) signal(pid, 'SIGKILL')
  return left.map(({ command }) => command)
}

const withoutSettings = (/** @type {NodeJS.ProcessEnv} */ env) =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !SETTINGS.includes(name)))
