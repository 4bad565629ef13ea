import type { Database } from '../../db/connect.js'

/** Far longer than a round's COPY takes to be sent. */
const FROZEN_AFTER_SEC = 30

/**
 * Ends transactions of workers that were frozen, or lost their network, in the middle of a COPY. PostgreSQL waits for
 * the rest of it whatever its timeouts say, and the locks of a whole round's sessions would be held all that time [I7].
 */
export async function endFrozen(
  { db }: { db: Database },
  afterSec: number = FROZEN_AFTER_SEC,
): Promise<void> {
  await db.sql`
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and usename = current_user and pid <> pg_backend_pid()
      and application_name = current_setting('application_name')
      and state = 'active' and wait_event = 'ClientRead'
      and query_start < now() - make_interval(secs => ${afterSec})`
}
