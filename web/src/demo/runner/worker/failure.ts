import type { TestFailure } from '../messages.js'
import { AssertionError } from './assert.js'
import { inspect } from './inspect.js'

const MAX_TEXT_CHARS = 8_000
const MAX_FRAMES = 5

/** What is told of an error that a candidate's code threw. */
export function failureOf(error: unknown): TestFailure {
  const failure: TestFailure = { message: bounded(messageOf(error)), stack: stackOf(error) }
  if (error instanceof AssertionError && error.sides !== null) {
    failure.expected = bounded(inspect(error.sides.expected))
    failure.actual = bounded(inspect(error.sides.actual))
  }
  return failure
}

/** As Node.js prints what nobody caught. */
export function uncaughtText(error: unknown): string {
  const { message, expected, actual, stack } = failureOf(error)
  const sides = expected === undefined ? '' : `\n  expected  ${expected}\n  actual    ${actual}`
  return `${message}${sides}${stack.map((frame) => `\n    at ${frame}`).join('')}\n`
}

function messageOf(error: unknown): string {
  if (error instanceof AssertionError) return error.message
  if (!(error instanceof Error)) return `Uncaught ${inspect(error)}`
  const hint = /^(require|module|exports) is not defined/.test(error.message)
    ? ' in ES module scope, use import and export instead'
    : ''
  return `${error.name}: ${error.message}${hint}`
}

/** The frames in the interview's files; those of this runner say nothing to a candidate. */
function stackOf(error: unknown): string[] {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  return stack
    .split('\n')
    .flatMap((line) => {
      const place = /(?:\(|at |@)?(?:async )?interview:\/\/\/(.+?:\d+:\d+)\)?$/.exec(line.trim())?.[1]
      const name = /^at (?:async )?(?:Module\.|Object\.)?([\w$.<> ]+) \(/.exec(line.trim())?.[1]
      return place === undefined ? [] : [name === undefined ? place : `${name} (${place})`]
    })
    .slice(0, MAX_FRAMES)
}

const bounded = (text: string): string =>
  text.length > MAX_TEXT_CHARS ? `${text.slice(0, MAX_TEXT_CHARS)}…` : text
