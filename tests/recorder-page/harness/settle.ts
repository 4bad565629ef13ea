import { waitFor } from '../../support/wait-for.js'
import type { Candidate } from './candidate.js'
import { Oracle, type PageLoad } from './oracle.js'
import type { Stack } from './stack.js'

/** The living page looks for what others have left every 30 s, and what it sends for them may meet a service that starts. */
const SETTLE_TIMEOUT_MS = 120_000

/**
 * Waits until every load's events are in the database, of a killed page those that had reached its disk, and nothing is left on
 * the disk. What does not come in time is for the check to find.
 *
 * @returns entries that are still on the candidate's disk, by source
 */
export async function settle(
  { world }: Stack,
  sessionId: string,
  { loads }: Oracle,
  candidate: Candidate,
): Promise<Record<string, number>> {
  let leftOnDisk: Record<string, number> = {}
  await waitFor(
    'all events to be committed',
    async () => {
      const onDisk = (await candidate.page.evaluate(() => globalThis.interview?.onDisk())) ?? {}
      leftOnDisk = Object.fromEntries(Object.entries(onDisk).filter(([, entries]) => entries > 0))
      if (Object.keys(leftOnDisk).length > 0) return false
      const rows = await world.sql<{ sourceId: string; committed: number }[]>`
        select source_id as "sourceId", committed_seq::int as committed
        from session_sources where session_id = ${sessionId}`
      const committed = new Map(rows.map((row) => [row.sourceId, row.committed]))
      const isComplete = (load: PageLoad) => (committed.get(load.sourceId) ?? 0) >= load.events.length
      return loads.every((load) => isComplete(load) || Oracle.mayLack(load))
    },
    SETTLE_TIMEOUT_MS,
  ).catch(() => {})
  return leftOnDisk
}
