import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { SessionSummary } from '../../../../protocol/socket-events.js'
import {
  EVERYTHING,
  isFiltered,
  isWanted,
  keptOrder,
  matches,
  PRESENCES,
  queryOf,
  type Rated,
  SORTS,
  type Sort,
  sortedIds,
  textOf,
  type WallQuery,
} from './wall-query.js'

const NOW_MS = 1_700_000_000_000
const rated = (more: Partial<SessionSummary> = {}, rank = 0): Rated => ({
  attention: { rank, reasons: [] },
  summary: {
    id: 'a',
    candidateId: 'ada',
    status: 'ACTIVE',
    questionTitle: 'Two Sum II',
    language: 'typescript',
    timeLimit: 3600,
    startTimeMs: NOW_MS - 600_000,
    eventCount: 10,
    candidate: 'online',
    lastEventAtMs: NOW_MS - 1000,
    watchers: 0,
    facts: null,
    ...more,
  },
})

test('an address keeps whatever was asked', () => {
  const query: fc.Arbitrary<WallQuery> = fc.record({
    search: fc.string(),
    sort: fc.constantFrom(...(Object.keys(SORTS) as Sort[])),
    question: fc.option(fc.string()),
    presence: fc.option(fc.constantFrom(...(Object.keys(PRESENCES) as (keyof typeof PRESENCES)[]))),
    needsLook: fc.boolean(),
  })
  fc.assert(fc.property(query, (asked) => void expect(queryOf(textOf(asked))).toEqual(asked)))
  expect(textOf(EVERYTHING)).toBe('')
  expect(isFiltered(EVERYTHING)).toBe(false)
  expect(queryOf('?sort=toString&presence=__proto__&x=1')).toEqual(EVERYTHING)
})

test('who needs a look comes first, ties keep the older session first', () => {
  const calm = rated({ id: 'calm', candidateId: 'c', startTimeMs: NOW_MS - 900_000 })
  const calmer = rated({ id: 'calmer', candidateId: 'a', startTimeMs: NOW_MS - 800_000 })
  const offline = rated({ id: 'offline', candidateId: 'b', questionTitle: 'A' }, 3)
  const ids = (sort: Sort) => sortedIds([calmer, offline, calm], sort, NOW_MS)
  expect(ids('attention')).toEqual(['offline', 'calm', 'calmer'])
  expect(ids('newest')).toEqual(['offline', 'calmer', 'calm'])
  expect(ids('ending')).toEqual(['calm', 'calmer', 'offline'])
  expect(ids('title')).toEqual(['offline', 'calm', 'calmer'])
  expect(ids('candidate')).toEqual(['calmer', 'offline', 'calm'])
  const endless = rated({ id: 'endless', timeLimit: null, startTimeMs: 0 })
  expect(sortedIds([endless, calm], 'ending', NOW_MS)).toEqual(['calm', 'endless'])
})

test('cards stay where they are: what is new is last, what is not wanted any more stays, what is gone is gone', () => {
  expect(keptOrder([], ['b', 'a'], new Set('ab'))).toEqual(['b', 'a'])
  expect(keptOrder(['a', 'b', 'c'], ['d', 'c', 'e'], new Set('acde'))).toEqual(['a', 'c', 'd', 'e'])
})

test('each filter narrows, and search looks for every word', () => {
  const wanted = (query: Partial<WallQuery>, more: Partial<SessionSummary> = {}, rank = 0) =>
    isWanted(rated(more, rank), { ...EVERYTHING, ...query })
  expect(wanted({})).toBe(true)
  expect([wanted({ needsLook: true }), wanted({ needsLook: true }, {}, 1)]).toEqual([false, true])
  expect([wanted({ presence: 'idle' }), wanted({ presence: 'idle' }, { candidate: 'idle' })]).toEqual([
    false,
    true,
  ])
  expect([wanted({ question: 'Two' }), wanted({ question: 'Two Sum II' })]).toEqual([false, true])
  expect([wanted({ search: 'ADA sum' }), wanted({ search: 'ada lru' })]).toEqual([true, false])
  expect(matches(rated({ questionTitle: null }).summary, '')).toBe(true)
  const { summary } = rated({ id: '04a0b1c2-0000' })
  expect([matches(summary, '04'), matches(summary, '04A0B1C2')]).toEqual([false, true])
})
