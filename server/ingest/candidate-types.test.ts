import { expect, test } from 'vitest'
import { candidateTypesFrom } from './candidate-types.js'
import { checkBatch } from './check-batch.js'
import { SourceTimeline } from './source-time.js'

const NOW_MS = 1_700_000_000_000

test.each(['', 'nonsense', 'code_edit,', 'proctor_note', 'rejected', 'custom:', 'code_edit;paste'])(
  '%j is no list of what candidates send',
  (text) => {
    expect(candidateTypesFrom(text)).toBeNull()
  },
)

test('custom stands for all custom types, a name for itself', () => {
  const [all, one] = [candidateTypesFrom('custom'), candidateTypesFrom(' code_edit , custom:not_recorded')]
  expect(['custom:a', 'custom:not_recorded', 'code_edit'].map((type) => all?.has(type))).toEqual([
    true,
    true,
    false,
  ])
  expect(['custom:a', 'custom:not_recorded', 'code_edit'].map((type) => one?.has(type))).toEqual([
    false,
    true,
    true,
  ])
})

test('[R9] what is held back is refused alone, to candidates alone', () => {
  const candidateTypes = candidateTypesFrom('custom') ?? undefined
  const events = ['custom:x', 'test_result', 'custom:y'].map((type) => ({
    type,
    timestamp: NOW_MS,
    data: { testName: 't', passed: true },
  }))
  const rejectedTo = (role: 'candidate' | 'service') =>
    checkBatch(
      { firstSeq: 1, events },
      { role, candidateTypes, timeline: new SourceTimeline(0, null) },
      NOW_MS,
    ).rejected
  expect(rejectedTo('candidate')).toEqual([
    { sourceSeq: 2, code: 'EVENT_FORBIDDEN_TYPE', message: expect.stringContaining('test_result') },
  ])
  expect(rejectedTo('service')).toEqual([])
})
