import { writeFileSync } from 'node:fs'
import { relative } from 'node:path'

/** The variable that names the file to write. */
export const COUNTS_FILE = 'INTERVIEWLM_TEST_COUNTS'

/**
 * A vitest reporter that writes the run's Counts as JSON. Beside failed tests it counts what vitest's own
 * number of failed tests leaves out: files that could not be loaded, hooks that failed, and errors outside of
 * any test.
 */
export default class CountsReporter {
  /**
   * @param {ReadonlyArray<import('vitest/node').TestModule>} modules
   * @param {ReadonlyArray<{ message?: string }>} strayErrors
   */
  onTestRunEnd(modules, strayErrors) {
    /** @type {import('./test-stages.mjs').Counts} */
    const counts = { passed: 0, failed: 0, skipped: [], failures: [] }
    const fail = (/** @type {string} */ what) => {
      counts.failed++
      counts.failures.push(what)
    }
    for (const module of modules) {
      const file = relative(process.cwd(), module.moduleId)
      for (const error of module.errors()) fail(`${file}: ${firstLine(error.message)}`)
      for (const suite of module.children.allSuites()) {
        for (const error of suite.errors()) fail(`${file} > ${suite.fullName}: ${firstLine(error.message)}`)
      }
      for (const test of module.children.allTests()) {
        const name = `${file} > ${test.fullName}`
        const result = test.result()
        if (result.state === 'passed') counts.passed++
        else if (result.state === 'skipped')
          counts.skipped.push({ test: name, reason: result.note ?? whyUnnoted(test) })
        else fail(result.state === 'pending' ? `${name}: it never ended` : name)
      }
    }
    for (const error of strayErrors) fail(`outside of any test: ${firstLine(error.message)}`)
    const target = process.env[COUNTS_FILE]
    if (target) writeFileSync(target, JSON.stringify(counts))
  }
}

function whyUnnoted(/** @type {import('vitest/node').TestCase} */ test) {
  if (test.options.mode === 'todo') return 'not written yet'
  if (test.options.mode === 'skip') return 'skipped in its source, which gives no reason'
  return 'its set-up failed'
}

const firstLine = (/** @type {string | undefined} */ text) =>
  (text ?? 'an error without a message').split('\n', 1)[0]
