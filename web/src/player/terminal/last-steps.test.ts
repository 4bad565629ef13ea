import { expect, test } from 'vitest'
import type { TerminalStep } from '../../../../replay/index.js'
import { lastSteps } from './last-steps.js'

const write = (data: string): TerminalStep => ({ kind: 'write', data })
const resize = (columns: number): TerminalStep => ({ kind: 'resize', columns, rows: 10 })

test('what fits is kept whole', () => {
  const steps = [resize(80), write('abc'), resize(90), write('def')]
  expect(lastSteps(steps, 6)).toEqual({ steps, leftOutChars: 0 })
})

test('of more the end is kept, at the size that held there', () => {
  const steps = [resize(80), write('abc'), resize(90), write('def'), resize(100), write('ghi')]
  expect(lastSteps(steps, 5)).toEqual({
    steps: [resize(90), write('ef'), resize(100), write('ghi')],
    leftOutChars: 4,
  })
  expect(lastSteps([write('x'.repeat(100))], 10)).toEqual({
    steps: [write('x'.repeat(10))],
    leftOutChars: 90,
  })
  expect(lastSteps([], 5)).toEqual({ steps: [], leftOutChars: 0 })
})
