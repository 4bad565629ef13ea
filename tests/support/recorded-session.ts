import type { RecordedEvent } from '../../protocol/events.js'
import type { CreatedSessionView, SessionDetailView } from '../../protocol/http/index.js'
import type { ProductProcess } from './process.js'
import { waitFor } from './wait-for.js'
import type { World } from './world.js'

/** Short words for what happens to a session over HTTP, and for how its parts are read. */
export async function aRecordedSession(
  world: World,
  server: ProductProcess,
  extra: Record<string, unknown> = {},
) {
  const created: CreatedSessionView = await world.createSession(server, extra)
  const { id } = created
  const sent = new Map<string, number>()
  const read = async <T>(path: string, token?: string) => {
    const options = token === undefined ? {} : { token }
    return world.call<T>(server, 'GET', `/v1/sessions/${id}${path}`, options)
  }
  const self = {
    id,
    created,
    /** Appends events of a source; with `committed` they are rows when it returns. */
    send: async (source: string, events: readonly object[], wait: 'committed' | 'received' = 'received') => {
      const query = wait === 'committed' ? '?wait=committed' : ''
      for (let from = 0; from < events.length; from += 400) {
        const firstSeq = (sent.get(source) ?? 0) + 1
        const body = { source, firstSeq, events: events.slice(from, from + 400) }
        const isLast = from + 400 >= events.length
        const path = `/v1/sessions/${id}/events${isLast ? query : ''}`
        const answer = await world.call(server, 'POST', path, { body })
        if (answer.status >= 300) throw new Error(`refused: ${JSON.stringify(answer.body)}`)
        sent.set(source, firstSeq + body.events.length - 1)
      }
    },
    read,
    /** The body of an answer that must be 200. */
    get: async <T>(path: string): Promise<T> => {
      const answer = await read<T>(path)
      if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
      return answer.body
    },
    details: () => self.get<SessionDetailView>(''),
    all: (): Promise<RecordedEvent[]> => world.readAll(server, id),
    close: async () => {
      const closed = await world.call(server, 'POST', `/v1/sessions/${id}/close`, { body: {} })
      if (closed.status !== 200) throw new Error(`not closed: ${JSON.stringify(closed.body)}`)
    },
    archived: () =>
      waitFor('the archive', async () => (await self.details()).archive.state === 'verified', 60_000),
    /** Takes all rows away, as is done with a verified archive. */
    purge: async () => {
      const { sql } = world
      // From here on they are read from the archive, so nobody misses the rows while they go.
      await sql`update session_recordings set purged_through_seq = event_count where id = ${id}`
      for (const table of ['session_events', 'code_snapshots', 'claude_interactions', 'test_results']) {
        await sql`delete from ${sql(table)} where session_id = ${id}`
      }
    },
  }
  return self
}

export type RecordedSession = Awaited<ReturnType<typeof aRecordedSession>>
