import { expect, test } from 'vitest'
import { boundsOf, pathOfComparison, readFilters } from './filters.js'

test('filters survive their address', () => {
  const filters = { question: 'A & B?', from: '2026-03-01', to: '2026-03-31', session: 'x/y' }
  const { search } = new URL(pathOfComparison(filters), 'http://here')
  expect(readFilters(search)).toEqual(filters)
  expect(pathOfComparison({ question: null })).toBe('/analysis')
})

test('what makes no sense in an address is left out', () => {
  expect(readFilters('?from=yesterday&to=&question=')).toEqual({
    question: null,
    from: null,
    to: null,
    session: null,
  })
})

test('both days are included, whole', () => {
  const { fromMs = 0, toMs = 0 } = boundsOf({ from: '2026-03-01', to: '2026-03-01' })
  expect(toMs - fromMs).toBe(86_400_000 - 1)
  expect(boundsOf({ from: null, to: null })).toEqual({})
  // A day that no calendar has.
  expect(boundsOf({ from: '2026-13-77', to: null })).toEqual({})
})
