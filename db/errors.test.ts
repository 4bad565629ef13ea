import { describe, expect, test } from 'vitest'
import { StoreError, toStoreError } from './errors.js'
import { redisError } from './redis-script.js'

const withCode = (code: string) =>
  Object.assign(new Error('a secret that somebody typed'), { code, detail: 'typed' })

describe('what PostgreSQL and its driver throw', () => {
  test.each([
    ['22P02', 'refused'], // invalid text representation
    ['22021', 'refused'], // NUL in a text
    ['54001', 'refused'], // JSON nested too deeply
    ['54000', 'refused'], // too long for an index
    ['23514', 'refused'], // check constraint
    ['23502', 'refused'], // not null
    ['40001', 'conflict'],
    ['40P01', 'conflict'], // deadlock
    ['55P03', 'conflict'], // lock timeout
    ['23503', 'conflict'], // session deleted meanwhile
    ['23505', 'conflict'],
    ['42P01', 'unavailable'], // a missing table is the operator's to mend, never an event's fault
    ['42501', 'unavailable'],
    ['53100', 'unavailable'], // disk full
    ['57P01', 'unavailable'], // shutting down
    ['25P03', 'unavailable'], // idle in transaction for too long
    ['08006', 'unavailable'],
    ['EPIPE', 'unavailable'],
    ['ECONNREFUSED', 'unavailable'],
    ['CONNECTION_CLOSED', 'unavailable'],
    ['ERR_STREAM_PREMATURE_CLOSE', 'unavailable'],
  ])('%s is %s', (code, kind) => {
    expect(toStoreError(withCode(code))).toMatchObject({ kind, store: 'postgres', code })
    // drizzle wraps the driver's error.
    expect(toStoreError(new Error('Failed query', { cause: withCode(code) }))).toMatchObject({ kind, code })
  })

  test('an exception of our own code about an event counts as a refusal of that event [I7]', () => {
    expect(toStoreError(new TypeError('x is not a function'))).toMatchObject({
      kind: 'refused',
      code: 'INTERNAL',
    })
  })

  test('a StoreError passes as it is', () => {
    const known = new StoreError('conflict', 'redis', 'NOSCRIPT')
    expect(toStoreError(known)).toBe(known)
  })
})

test.each([
  ['NOSCRIPT No matching script. Please use EVAL.', 'conflict', 'NOSCRIPT'],
  ['ERR value is not an integer', 'refused', 'ERR'],
  ['WRONGTYPE Operation against a key', 'refused', 'WRONGTYPE'],
  ["OOM command not allowed when used memory > 'maxmemory'.", 'unavailable', 'OOM'],
  ['LOADING Redis is loading the dataset in memory', 'unavailable', 'LOADING'],
  ['READONLY You can not write against a read only replica.', 'unavailable', 'READONLY'],
  ['Connection is closed.', 'unavailable', 'CONNECTION'],
])('Redis: %j', (message, kind, code) => {
  expect(redisError(new Error(message))).toMatchObject({ kind, store: 'redis', code })
})

test('no error that leaves the stores repeats what was being stored', () => {
  for (const error of [toStoreError(withCode('22P02')), redisError(new Error("ERR bad 'typed'"))]) {
    expect(JSON.stringify({ ...error, message: error.message, stack: error.stack })).not.toContain('typed')
    expect((error as { cause?: unknown }).cause).toBeUndefined()
  }
})
