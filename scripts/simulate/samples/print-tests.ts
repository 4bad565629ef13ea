import type { PrintTests } from './author.js'

const GREEN = '\x1b[32m'
const RED = '\x1b[31m'
const BOLD = '\x1b[1m'
const OFF = '\x1b[0m'

/** How a JavaScript test runner shows a run in a terminal. */
export const printVitest =
  (fileName: string): PrintTests =>
  (outcomes) => {
    const failed = outcomes.filter((outcome) => outcome.error !== undefined)
    const lines = outcomes.map(({ name, durationMs, error }) =>
      error === undefined
        ? `   ${GREEN}✓${OFF} ${name} ${durationMs}ms`
        : `   ${RED}×${OFF} ${name} ${durationMs}ms\n     ${RED}→ ${error}${OFF}`,
    )
    const passedCount = outcomes.length - failed.length
    const summary = [
      ...(failed.length > 0 ? [`${RED}${failed.length} failed${OFF}`] : []),
      ...(passedCount > 0 ? [`${GREEN}${passedCount} passed${OFF}`] : []),
    ]
    const mark = failed.length > 0 ? `${RED}❯${OFF}` : `${GREEN}✓${OFF}`
    return `\n ${mark} ${fileName} (${outcomes.length} tests)\n${lines.join('\n')}\n\n      ${BOLD}Tests${OFF}  ${summary.join(' | ')} (${outcomes.length})\n\n`
  }

/** How a Python test runner shows a run in a terminal. */
export const printPytest =
  (fileName: string): PrintTests =>
  (outcomes) => {
    const failed = outcomes.filter((outcome) => outcome.error !== undefined)
    const dots = outcomes
      .map(({ error }) => (error === undefined ? `${GREEN}.${OFF}` : `${RED}F${OFF}`))
      .join('')
    const reports = failed.map(
      ({ name, error }) => `${RED}FAILED${OFF} ${fileName}::${BOLD}${name}${OFF} - ${error}`,
    )
    const seconds = outcomes.reduce((sum, { durationMs }) => sum + durationMs, 20) / 1000
    const passedCount = outcomes.length - failed.length
    const counts = [
      ...(failed.length > 0 ? [`${RED}${failed.length} failed${OFF}`] : []),
      ...(passedCount > 0 ? [`${GREEN}${passedCount} passed${OFF}`] : []),
    ]
    return [dots, ...reports, `${counts.join(', ')} in ${seconds.toFixed(2)}s`, ''].join('\n')
  }

/** How Go shows a run of tests in a terminal. */
export const printGoTest =
  (packageName: string): PrintTests =>
  (outcomes) => {
    const failed = outcomes.some((outcome) => outcome.error !== undefined)
    const lines = outcomes.flatMap(({ name, durationMs, error }) => [
      `--- ${error === undefined ? 'PASS' : 'FAIL'}: ${name} (${(durationMs / 1000).toFixed(2)}s)`,
      ...(error === undefined ? [] : [`    ${error}`]),
    ])
    const end = failed ? ['FAIL', `FAIL\t${packageName}\t0.214s`] : ['PASS', `ok  \t${packageName}\t0.208s`]
    return [...lines, ...end, ''].join('\n')
  }
