import { isDeepEqual } from './deep-equal.js'
import { inspect } from './inspect.js'

export class AssertionError extends Error {
  override readonly name = 'AssertionError'
  readonly code = 'ERR_ASSERTION'

  constructor(
    message: string,
    /** Both sides of an assertion that compares. */
    readonly sides: { actual: unknown; expected: unknown } | null = null,
  ) {
    super(message)
  }

  get actual(): unknown {
    return this.sides?.actual
  }

  get expected(): unknown {
    return this.sides?.expected
  }
}

type Message = string | Error | undefined
type Expected = RegExp | (new (...args: never) => Error) | ((error: unknown) => boolean) | object | undefined

/** `node:assert` and `node:assert/strict`: here both compare strictly. */
export const assert = Object.assign((value: unknown, message?: Message) => ok(value, message), {
  AssertionError,
  ok,
  equal,
  strictEqual: equal,
  notEqual,
  notStrictEqual: notEqual,
  deepEqual,
  deepStrictEqual: deepEqual,
  notDeepEqual,
  notDeepStrictEqual: notDeepEqual,
  match,
  doesNotMatch,
  throws,
  doesNotThrow,
  rejects,
  doesNotReject,
  fail,
})
Object.assign(assert, { strict: assert })

function ok(value: unknown, message?: Message): void {
  if (!value) failed(message, 'The value is not true', { actual: value, expected: true })
}

function equal(actual: unknown, expected: unknown, message?: Message): void {
  if (!Object.is(actual, expected)) failed(message, 'The values are not equal', { actual, expected })
}

function notEqual(actual: unknown, expected: unknown, message?: Message): void {
  if (Object.is(actual, expected)) failed(message, `The value is ${inspect(expected)}, and should not be`)
}

function deepEqual(actual: unknown, expected: unknown, message?: Message): void {
  if (!isDeepEqual(actual, expected)) failed(message, 'The values are not deeply equal', { actual, expected })
}

function notDeepEqual(actual: unknown, expected: unknown, message?: Message): void {
  if (isDeepEqual(actual, expected)) failed(message, `The value equals ${inspect(expected)}, and should not`)
}

function match(text: string, pattern: RegExp, message?: Message): void {
  if (!pattern.test(text))
    failed(message, `The text does not match ${pattern}`, { actual: text, expected: pattern })
}

function doesNotMatch(text: string, pattern: RegExp, message?: Message): void {
  if (pattern.test(text)) failed(message, `The text matches ${pattern}, and should not: ${inspect(text)}`)
}

function throws(run: () => unknown, expected?: Expected | string, message?: Message): void {
  let thrown: unknown
  try {
    run()
  } catch (error) {
    thrown = error
    checkThrown(error, expected, message)
    return
  }
  failed(typeof expected === 'string' ? expected : message, 'Nothing was thrown', {
    actual: thrown,
    expected,
  })
}

function doesNotThrow(run: () => unknown, message?: Message): void {
  try {
    run()
  } catch (error) {
    failed(message, `Something was thrown: ${error}`)
  }
}

async function rejects(
  promise: Promise<unknown> | (() => Promise<unknown>),
  expected?: Expected | string,
  message?: Message,
): Promise<void> {
  try {
    await (typeof promise === 'function' ? promise() : promise)
  } catch (error) {
    checkThrown(error, expected, message)
    return
  }
  failed(typeof expected === 'string' ? expected : message, 'The promise was not rejected')
}

async function doesNotReject(
  promise: Promise<unknown> | (() => Promise<unknown>),
  message?: Message,
): Promise<void> {
  try {
    await (typeof promise === 'function' ? promise() : promise)
  } catch (error) {
    failed(message, `The promise was rejected: ${error}`)
  }
}

function fail(message?: Message): never {
  throw message instanceof Error ? message : new AssertionError(message ?? 'Failed')
}

function checkThrown(error: unknown, expected: Expected | string, message: Message): void {
  if (expected === undefined || typeof expected === 'string') return
  if (expected instanceof RegExp) {
    if (!expected.test(String(error)))
      failed(message, `What was thrown does not match ${expected}`, { actual: error, expected })
    return
  }
  if (typeof expected === 'function') {
    if (isErrorClass(expected) ? error instanceof expected : (expected as (error: unknown) => boolean)(error))
      return
    failed(message, `What was thrown is not as expected`, { actual: error, expected })
    return
  }
  for (const [key, value] of Object.entries(expected)) {
    const actual = (error as Record<string, unknown> | null)?.[key]
    const fits =
      value instanceof RegExp && typeof actual === 'string' ? value.test(actual) : isDeepEqual(actual, value)
    if (!fits) failed(message, `"${key}" of what was thrown is not as expected`, { actual, expected: value })
  }
}

const isErrorClass = (value: unknown): value is new (...args: never) => Error =>
  typeof value === 'function' && (value === Error || value.prototype instanceof Error)

function failed(message: Message, words: string, sides?: { actual: unknown; expected: unknown }): never {
  if (message instanceof Error) throw message
  throw new AssertionError(message ?? words, sides ?? null)
}
