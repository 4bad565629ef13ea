import { expect, test } from 'vitest'
import { ALL_FAULTS } from '../faults/all-faults.js'
import { readLoad } from './load.js'
import { eachOnce, shuffled } from './plan.js'
import { type Journal, runChaos } from './run.js'

const SEED = Number(process.env.TEST_SEED ?? 20261126)

/** Those that go on for long of themselves: a recorder's own patience, a job's lock, a cluster's vote. `npm run chaos` has them. */
const SLOW = ['network-silent', 'worker-frozen', 'rolling-restart', 'disk-full', 'redis-master-kill']

const SILENT: Journal = { stage() {}, struck() {}, recovered() {}, progress() {} }

test(`[I1][I2][I3][I4][I5][I7][R3][R4] quick faults in a row: nothing lost, doubled, reordered or altered (seed ${SEED})`, async () => {
  const { findings, strikes, events, watchers, archives, sessions, gone } = await runChaos({
    seed: SEED,
    candidates: 12,
    eventsPerSecond: 4,
    sessionMs: 12_000,
    load: await readLoad(),
    archive: 's3',
    pace: 0.08,
    durable: false,
    durationMs: Number.POSITIVE_INFINITY,
    plan: (isPossible, random) => {
      const faults = ALL_FAULTS.filter((fault) => isPossible(fault) && !SLOW.includes(fault.name))
      return eachOnce(shuffled(faults, random), false)
    },
    signal: new AbortController().signal,
    journal: SILENT,
  })
  // How fast it came back is a machine's affair; `npm run chaos` asks for it.
  expect(findings.filter(({ kind }) => !/late$|memory/.test(kind))).toEqual([])
  expect(strikes).toHaveLength(ALL_FAULTS.length - SLOW.length)
  expect(archives).toBe(sessions)
  expect(events).toBeGreaterThan(500)
  expect(watchers).toBeGreaterThan(0)
  expect(gone).toBeGreaterThan(0)
})
