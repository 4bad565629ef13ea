import { Counter, collectDefaultMetrics, Gauge, type Registry } from 'prom-client'

/**
 * What server and worker tell alike about themselves: `process_…` and `nodejs_…` (processor time, memory, event loop) as
 * prom-client names them, and their stores. docs/operations.md says what each means and what to do about it.
 */
export function processMetrics(registry: Registry) {
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  return {
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
