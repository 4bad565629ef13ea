import { Counter, Gauge, Registry } from 'prom-client'

/** What a server counts; docs/operations.md says what each means and what to do about it. */
export function makeMetrics() {
  const registry = new Registry()
  const registers = [registry]
  return {
    registry,
    received: new Counter({
      name: 'recorder_events_received_total',
      help: 'Events appended by this node',
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
    otherRedis: new Counter({
      name: 'recorder_redis_changes_total',
      help: 'How often Redis was found to be another than before: restarted, replaced or failed over',
      registers,
    }),
    storeUp: new Gauge({
      name: 'recorder_store_up',
      help: '1 where a store answered when it was last asked, by store',
      labelNames: ['store'],
      registers,
    }),
  }
}
