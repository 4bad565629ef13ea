import { describe, expect, test } from 'vitest'
import { DATA_SCHEMAS } from './event-schemas.js'
import { isCheckpoint, isCustomType } from './event-types.js'

test('what is worth jumping to: the vocabulary says, whoever sends', () => {
  const checkpoints = Object.keys(DATA_SCHEMAS).filter((type) => isCheckpoint(type, {}, false))
  expect(checkpoints).toEqual([
    'session_start',
    'file_created',
    'file_deleted',
    'file_renamed',
    'code_snapshot',
    'test_run_start',
    'test_result',
    'ai_interaction',
    'session_submit',
    'proctor_note',
    'proctor_flag',
    'proctor_message',
    'time_extended',
    'rejected',
    'quarantined',
    'gap',
  ])
  expect(Object.keys(DATA_SCHEMAS).filter((type) => isCheckpoint(type, {}, true))).toEqual(checkpoints)
})

describe('a paste', () => {
  test.each<[unknown, boolean]>([
    [{ lengthChars: 80 }, true],
    [{ lengthChars: 79 }, false],
    [{ lengthChars: '80' }, false],
    [{}, false],
    [null, false],
    ['x'.repeat(80), false],
  ])('of %j: %s', (data, is) => {
    expect(isCheckpoint('paste', data, true)).toBe(is)
  })
})

test('custom types are taken at their sender’s word, and are not mistaken for others', () => {
  expect([isCheckpoint('custom:x', {}, true), isCheckpoint('custom:x', {}, undefined)]).toEqual([true, false])
  expect(['custom:x', 'custom:A.b:c-d_9'].every(isCustomType)).toBe(true)
  expect(['custom:', 'custom', 'xcustom:x', 'custom:x\n', 'custom:é', 'gap'].some(isCustomType)).toBe(false)
})
