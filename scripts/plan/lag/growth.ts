import type { Plan } from '../capacity.js'
import type { Costs } from '../costs.js'
import { flushTimes } from './flush-times.js'
import type { LagScenario } from './scenario.js'
import { SCHEDULE } from './schedule.js'

/** A scenario with what tells it from the others. */
export interface NamedScenario {
  name: string
  scenario: LagScenario
}

const MASTER_DOWN_MS = 15_000
const WORKER_DOWN_MS = 20_000
const SECONDS = 30

/** The flush of what was planned: with less and more to do, with other numbers of workers, and where something dies. */
export function growthScenarios(
  plan: Plan,
  costs: Costs,
  gapsMs: readonly number[],
  seed: number,
): NamedScenario[] {
  const { demand, shards } = plan
  const unitsOf = (name: string) => plan.parts.find(({ part }) => part === name)?.units ?? 1
  const workers = unitsOf('workers, flush')
  const masters = unitsOf('Redis masters')
  const planned: LagScenario = {
    interviews: demand.interviews,
    eventsPerSec: demand.eventsPerSec,
    workers,
    postgresCores: demand.postgresCores,
    gapsMs,
    schedule: { ...SCHEDULE, shards },
    times: flushTimes(costs),
    seconds: SECONDS,
    seed,
  }
  const of = (name: string, more: Partial<LagScenario>): NamedScenario => ({
    name,
    scenario: { ...planned, ...more },
  })
  const times = (share: number) => Math.max(1, Math.round(demand.interviews * share))
  const named = (count: number) => `${count} worker${count === 1 ? '' : 's'}`
  const fewer = Math.max(1, Math.floor(workers / 3))
  return [
    of(`${times(0.25).toLocaleString('en')} interviews, ${named(workers)}`, { interviews: times(0.25) }),
    of(`${times(1).toLocaleString('en')} interviews, ${named(workers)}`, {}),
    of(`${times(1.5).toLocaleString('en')} interviews, ${named(workers)}`, { interviews: times(1.5) }),
    ...(fewer < workers
      ? [of(`${times(1).toLocaleString('en')} interviews, ${named(fewer)}`, { workers: fewer })]
      : []),
    of(`a worker dies for ${WORKER_DOWN_MS / 1_000} s`, {
      failure: { kind: 'worker', downMs: WORKER_DOWN_MS },
    }),
    of(`a Redis master fails, ${MASTER_DOWN_MS / 1_000} s until its replica is one`, {
      failure: { kind: 'master', downMs: MASTER_DOWN_MS, masters },
    }),
  ]
}
