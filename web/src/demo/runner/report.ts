import type { TestResult } from './messages.js'

const green = (text: string): string => `\u001b[32m${text}\u001b[0m`
const red = (text: string): string => `\u001b[31m${text}\u001b[0m`
const dim = (text: string): string => `\u001b[2m${text}\u001b[0m`
const bold = (text: string): string => `\u001b[1m${text}\u001b[0m`

/** The line of one test, as soon as it ended. */
export function resultLine({ name, outcome, durationMs }: TestResult): string {
  const time = dim(` (${durationMs} ms)`)
  if (outcome === 'skipped') return `  ${dim(`○ ${name}, skipped`)}\n`
  return outcome === 'passed' ? `  ${green('✔')} ${name}${time}\n` : `  ${red('✖')} ${name}${time}\n`
}

/** What failed and why, and the count; for the end of a run. */
export function summaryText(
  results: readonly TestResult[],
  plannedCount: number,
  durationMs: number,
): string {
  const failed = results.filter(({ outcome }) => outcome === 'failed')
  const skipped = results.filter(({ outcome }) => outcome === 'skipped').length
  const passed = results.length - failed.length - skipped
  const unrun = plannedCount - results.length
  const counts = [
    passed > 0 ? green(`${passed} passed`) : `${passed} passed`,
    failed.length > 0 ? red(`${failed.length} failed`) : '0 failed',
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
    ...(unrun > 0 ? [red(`${unrun} not run`)] : []),
  ]
  const details = failed.map((result) => `\n${red(`✖ ${result.name}`)}\n${failureText(result)}`).join('')
  return `${details}\n${bold('Tests')}  ${counts.join(', ')} ${dim(`(${Math.round(durationMs)} ms)`)}\n`
}

function failureText({ failure }: TestResult): string {
  if (failure === null) return ''
  const { message, expected, actual, stack } = failure
  const sides =
    expected === undefined
      ? ''
      : `  ${green('expected')}  ${indented(expected)}\n  ${red('actual')}    ${indented(actual ?? '')}\n`
  return `  ${indented(message)}\n${sides}${stack.map((frame) => `  ${dim(`at ${frame}`)}\n`).join('')}`
}

/** The same as plain text, for what is recorded. */
export function plainFailure({ failure }: TestResult): string | undefined {
  if (failure === null) return undefined
  const { message, expected, actual, stack } = failure
  const sides = expected === undefined ? [] : [`expected  ${expected}`, `actual    ${actual}`]
  return [message, ...sides, ...stack.map((frame) => `at ${frame}`)].join('\n')
}

const indented = (text: string): string => text.replaceAll('\n', '\n  ')
