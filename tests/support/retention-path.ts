import { readFile } from 'node:fs/promises'
import { openArchive } from '../../db/archive/open-archive.js'
import { Recordings } from '../../db/archive/recordings.js'
import type { ArchiveStore } from '../../db/archive/store.js'
import { type ArchiveContext, archiveSession } from '../../workers/archive/archive-session.js'
import type { RetentionContext } from '../../workers/retention/retention.js'
import { type GeneratedEvent, generateEvents } from './generate.js'
import { GRACE_MS, openPath, type PathSession } from './path-stores.js'
import { testSigning } from './signing.js'
import { START_MS, type TestEvent } from './stores.js'
import type { World } from './world.js'

/** The path from the buffer to the archive and back, one step at a time in this process. */
export async function openRetentionPath() {
  const path = await openPath()
  const archive = openArchive(path.world.archiveUrl)
  const recordings = new Recordings(archive)
  const { db, buffer } = path
  const signing = testSigning(await readFile(path.world.signingKeyFile, 'utf8'))
  const retention: RetentionContext = {
    db,
    buffer,
    recordings,
    clock: path.context.clock,
    closeGraceMs: GRACE_MS,
    retainRowsMs: 0,
    retainLastEvents: 0,
    retainArchiveMs: 0,
    retentionEveryMs: 30_000,
  }
  const archiving = (store: ArchiveStore = archive): ArchiveContext => ({
    db,
    archive: store,
    stores: { db, buffer, recordings },
    signer: signing.signer,
    onAnalysisFailed: () => {},
    onKeyframesFailed: () => {},
  })
  return {
    ...path,
    archive,
    recordings,
    signing,
    retention,
    stores: { db, buffer, recordings },
    archiving,
    archiveSession: (sessionId: string) => archiveSession(archiving(), sessionId),
    /** All of PostgreSQL that is made from a session's events, short of surrogate keys. */
    rowsOf: (sessionId: string) => rowsOf(path.world.sql, sessionId),
    /** After the close: the grace over and Redis rid of the session, as a sweep would have it. */
    settle: async ({ sessionId }: PathSession) => {
      path.clock.nowMs += 2 * GRACE_MS
      await buffer.remove(sessionId)
    },
  }
}

export type RetentionPath = Awaited<ReturnType<typeof openRetentionPath>>

async function rowsOf(sql: World['sql'], sessionId: string) {
  const [events, snapshots, interactions, testResults] = await Promise.all([
    sql`select seq, type, "timestamp", data::text, file_id, checkpoint, source, source_seq, received_at, meta::text
      from session_events where session_id = ${sessionId} order by seq`,
    sql`select seq, source, file_id, file_name, language, content_hash, full_content, content_original::text,
      diff_from_previous::text, lines_added, lines_deleted, "timestamp"
      from code_snapshots where session_id = ${sessionId} order by seq`,
    sql`select seq, role, content, model, input_tokens, output_tokens, latency, prompt_quality, "timestamp"
      from claude_interactions where session_id = ${sessionId} order by seq`,
    sql`select seq, test_name, passed, output, error, duration, "timestamp"
      from test_results where session_id = ${sessionId} order by seq`,
  ])
  return {
    events: [...events],
    snapshots: [...snapshots],
    interactions: [...interactions],
    testResults: [...testResults],
  }
}

const EVENTS_A_BATCH = 100

/** Two writers by turns: all kinds of events, awkward texts, and texts in pieces with others between them. */
export async function appendGenerated(
  session: PathSession,
  events: number,
  random: () => number,
): Promise<void> {
  const next = [1, 1]
  for (let done = 0; done < events; done += EVENTS_A_BATCH) {
    for (const [i, source] of [1, 2].entries()) {
      const count = EVENTS_A_BATCH / 2
      const batch = [...withPieces(generateEvents(count - 3, random), `${source}:${done}`)].map(
        (event, at): TestEvent => ({
          ...event,
          fileId: event.fileId ?? null,
          timestampMs: START_MS + (done + at) * 40 + Math.floor(random() * 30),
        }),
      )
      const answer = await session.append(source, next[i] as number, batch)
      if (answer?.kind !== 'ok') throw new Error(`not appended: ${answer?.kind}`)
      next[i] = (next[i] as number) + batch.length
    }
  }
}

/** A turn of the chat in three pieces in the middle of a batch. */
function withPieces(events: GeneratedEvent[], id: string): GeneratedEvent[] {
  const piece = (index: number) => ({
    type: 'ai_interaction',
    data: { role: 'assistant', content: `piece ${index} \u0000`, part: { id, index, count: 3 } },
  })
  return [...events.slice(0, 20), piece(0), piece(1), piece(2), ...events.slice(20)]
}
