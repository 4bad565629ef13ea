import { waitFor } from '../support/wait-for.js'
import { type Fault, lasts, pick } from './fault.js'

/** Less than the time after which a flush gives a lock up. */
const MOST_LOCKED_MS = 10_000

/**
 * A lock on the table of events holds every flush inside its transaction; then a worker is killed. Two workers have two
 * flushes each, so that three that wait are of both.
 */
export const workerKill: Fault = {
  name: 'worker-kill',
  uses: ['workers', 'postgres'],
  run: async (rig) => {
    const worker = pick(rig, rig.workers)
    const { sql } = rig.world
    const inside = await sql.begin(async (tx) => {
      await tx`lock table session_events in share mode`
      // Outside of the transaction, which sees the activity as it first saw it.
      const flushes = () => sql<{ n: number }[]>`
        select count(*)::int as n from pg_stat_activity
        where application_name = 'recorder-worker' and wait_event_type = 'Lock' and query ilike '%copy session_events%'`
      const waiting = await waitFor(
        'flushes in a transaction',
        async () => {
          const [row] = await flushes()
          return row && row.n >= 3 && row.n
        },
        MOST_LOCKED_MS,
      ).catch(() => 0)
      await worker.kill()
      return waiting
    })
    const down = await lasts(rig, 0, 5_000)
    await worker.start()
    rig.say(
      `${worker.name} killed, ${inside} flushes inside their transactions, down for ${down} and a start`,
    )
  },
}

/** Longer than a job's lock: its successor has begun when it wakes up and goes on where it was. */
export const workerFrozen: Fault = {
  name: 'worker-frozen',
  uses: ['workers'],
  run: async (rig) => {
    const worker = pick(rig, rig.workers)
    worker.freeze()
    try {
      // Past the lock of 6 s and the look for stalled jobs every 2 s, whatever the pace.
      const frozen = await lasts({ ...rig, pace: 1 }, 8_500, rig.pace < 1 ? 8_500 : 25_000)
      rig.say(`${worker.name} frozen for ${frozen}, then woken beside its successor`)
    } finally {
      worker.thaw()
    }
  },
}
