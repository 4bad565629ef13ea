import { Counter, Gauge, Registry } from 'prom-client'
import { processMetrics } from '../db/process-metrics.js'
import { LIMIT_NAMES } from './auth/gate.js'
import { BOUND_NAMES } from './limits/bounds.js'

/** What a server counts; docs/operations.md says what each means and what to do about it. */
export function makeMetrics() {
  const registry = new Registry()
  const registers = [registry]
  const metrics = {
    registry,
    ...processMetrics(registry),
    received: new Counter({
      name: 'recorder_events_received_total',
      help: 'Events appended and acked by this node',
      registers,
    }),
    rejected: new Counter({
      name: 'recorder_events_rejected_total',
      help: 'Events kept as rejected',
      registers,
    }),
    late: new Counter({
      name: 'recorder_events_late_total',
      help: 'Events from before a close that came after it',
      registers,
    }),
    clockFar: new Counter({
      name: 'recorder_events_clock_far_total',
      help: 'Events with a time more than a day off',
      registers,
    }),
    limited: new Counter({
      name: 'recorder_limited_total',
      help: 'What was refused because a limit was reached, by limit',
      labelNames: ['limit'],
      registers,
    }),
    bound: new Counter({
      name: 'recorder_bound_reached_total',
      help: 'How often a bound of this node was reached, by bound',
      labelNames: ['bound'],
      registers,
    }),
    redisUsed: new Gauge({
      name: 'recorder_redis_used_bytes',
      help: 'What Redis holds, as it counts against its own limit',
      registers,
    }),
    redisBudget: new Gauge({
      name: 'recorder_redis_budget_bytes',
      help: 'What Redis may hold before nothing more is taken',
      registers,
    }),
    candidates: new Gauge({
      name: 'recorder_candidates_connected',
      help: 'Candidate connections',
      registers,
    }),
  }
  // From the start, so that the first one is a rise as well.
  for (const limit of LIMIT_NAMES) metrics.limited.inc({ limit }, 0)
  for (const bound of BOUND_NAMES) metrics.bound.inc({ bound }, 0)
  return metrics
}
