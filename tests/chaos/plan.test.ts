import { expect, test } from 'vitest'
import { ALL_FAULTS } from '../faults/all-faults.js'
import { seeded } from '../support/generate.js'
import { parseOptions } from './options.js'
import { mixed, type Strike } from './plan.js'
import { SessionLog } from './session-log.js'

function firstStrikes(seed: number, faultCount: number): Strike[] {
  const strikes: Strike[] = []
  for (const strike of mixed(ALL_FAULTS, seeded(seed))) {
    if (strikes.flatMap(({ faults }) => faults).length >= faultCount) break
    strikes.push(strike)
  }
  return strikes
}

test('a seed gives the same strikes again, and another seed others', () => {
  expect(firstStrikes(7, 100)).toEqual(firstStrikes(7, 100))
  expect(firstStrikes(8, 100)).not.toEqual(firstStrikes(7, 100))
})

test('each round has every fault once, and never two of one part at the same time', () => {
  const strikes = firstStrikes(3, 3 * ALL_FAULTS.length)
  const names = strikes.flatMap(({ faults }) => faults.map(({ name }) => name))
  for (let round = 0; round < 3; round++) {
    const ofRound = names.slice(round * ALL_FAULTS.length, (round + 1) * ALL_FAULTS.length)
    expect(ofRound.toSorted()).toEqual(ALL_FAULTS.map(({ name }) => name).toSorted())
  }
  const together = strikes.filter(({ faults }) => faults.length > 1)
  expect(together.length).toBeGreaterThan(3)
  for (const { faults } of together) {
    const parts = faults.flatMap(({ uses }) => uses)
    expect(new Set(parts).size).toBe(parts.length)
  }
})

test('options are as the command line has them, and what is wrong is named', () => {
  const newSeed = () => 5
  expect(parseOptions([], newSeed)).toMatchObject({
    minutes: 30,
    seed: 5,
    candidates: 200,
    eventsPerSecond: 1,
  })
  expect(parseOptions(['--seed', '7', '--only', 'redis-kill,s3-away'], newSeed)).toMatchObject({
    seed: 7,
    faults: [{ name: 'redis-kill' }, { name: 's3-away' }],
  })
  expect(parseOptions(['--help'], newSeed)).toBeNull()
  for (const [args, problem] of [
    [['--only', 'fire'], '--only fire is no fault'],
    [['--minutes', '0'], '--minutes 0 is not'],
    [['--seed', 'x'], '--seed x is not'],
    [['--archive', 'tape'], '--archive tape is'],
    [['--fast'], "Unknown option '--fast'"],
  ] as const) {
    expect(parseOptions(args, newSeed)).toContain(problem)
  }
})

test('a session’s log knows the longest that an event waited, also when acks are taken back', () => {
  const log = new SessionLog('session', 'source')
  for (const atMs of [0, 100, 200, 300]) log.recorded({ type: 'cursor', data: {} }, atMs)
  log.told(2, 0, 250)
  log.told(1, 0, 260)
  log.told(4, 2, 700)
  expect(log).toMatchObject({ ackedSeq: 4, committedSeq: 2, longestStallMs: 500 })
})
