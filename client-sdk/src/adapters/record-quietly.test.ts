import { afterEach, expect, test, vi } from 'vitest'
import { RecorderError } from '../../../protocol/errors.js'
import { recordQuietly } from './record-quietly.js'

afterEach(() => vi.unstubAllGlobals())

const failingWith = (error: unknown) => ({
  record: () => {
    throw error
  },
})

test('passes the event on and the seq back', () => {
  const record = vi.fn(() => 7)
  expect(recordQuietly({ record }, { type: 'cursor', data: { anchor: 1, head: 1 } })).toBe(7)
  expect(record).toHaveBeenCalledExactlyOnceWith({ type: 'cursor', data: { anchor: 1, head: 1 } })
})

test('a closed recorder is no fault of the page', () => {
  const reportError = vi.fn()
  vi.stubGlobal('reportError', reportError)
  const closed = new RecorderError('RECORDER_CLOSED', 'record() was called after close().')
  expect(recordQuietly(failingWith(closed), { type: 'cursor', data: {} })).toBe(0)
  expect(reportError).not.toHaveBeenCalled()
})

test.each([new RecorderError('EVENT_INVALID', 'No JSON.'), new TypeError('x'), undefined])(
  'other faults are reported, not thrown: %s',
  (error) => {
    const reportError = vi.fn()
    vi.stubGlobal('reportError', reportError)
    expect(recordQuietly(failingWith(error), { type: 'cursor', data: {} })).toBe(0)
    expect(reportError).toHaveBeenCalledExactlyOnceWith(error)
  },
)
