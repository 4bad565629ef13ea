import { waitFor } from '../../support/wait-for.js'
import type { Oracle, PageLoad } from './oracle.js'
import type { Stack } from './stack.js'

const SETTLE_TIMEOUT_MS = 90_000
/** A killed page's last half second may never come; nothing that was kept takes as long as this. */
const QUIET_MS = 8_000

/**
 * Waits until every load's events are in the database: of a living or left page all, of a killed one all that comes. What does not
 * come in time is for the check to find.
 * @returns how long it took
 */
export async function settle({ world }: Stack, sessionId: string, { loads }: Oracle): Promise<number> {
  const startMs = Date.now()
  let seen = ''
  let seenAtMs = startMs
  await waitFor(
    'all events to be committed',
    async () => {
      const rows = await world.sql<{ sourceId: string; committed: number }[]>`
        select source_id as "sourceId", committed_seq::int as committed
        from session_sources where session_id = ${sessionId}`
      const committed = new Map(rows.map((row) => [row.sourceId, row.committed]))
      const isComplete = (load: PageLoad) => (committed.get(load.sourceId) ?? 0) >= load.events.length
      if (JSON.stringify(rows) !== seen) {
        seen = JSON.stringify(rows)
        seenAtMs = Date.now()
      }
      const missing = loads.filter((load) => !isComplete(load))
      if (missing.length === 0) return true
      const onlyKilled = missing.every(({ end }) => end?.how === 'killed')
      return onlyKilled && Date.now() - seenAtMs > QUIET_MS
    },
    SETTLE_TIMEOUT_MS,
  ).catch(() => {})
  return Date.now() - startMs
}
