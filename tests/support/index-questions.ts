import { readAccess } from '../../db/access-log.js'
import { loadAnalysis } from '../../db/analyses.js'
import { annotationVersions, findNote } from '../../db/annotations.js'
import type { Database } from '../../db/connect.js'
import { erasedLately, erasuresUnderWay } from '../../db/erasure.js'
import { readChainHead } from '../../db/integrity/links.js'
import { readSeal } from '../../db/integrity/seals.js'
import { lastRedactions, readFacts } from '../../db/live-facts.js'
import { quarantinedLine } from '../../db/quarantine.js'
import { readRows, readSnapshotTexts } from '../../db/read-rows.js'
import { keyframeAnswer } from '../../db/session-keyframes.js'
import { createSession, getSession, listSessions, quietSessions, registerSource } from '../../db/sessions.js'
import { archivesDue } from '../../workers/archive/archive-session.js'
import { typedRowReader } from '../../workers/flush/typed-row-store.js'
import type { World } from './world.js'

/** The session that questions are about, in the middle of all. */
export interface Asked {
  db: Database
  id: string
}

/** Each index, and the question that it is there for, as the product asks it. */
export const QUESTIONS: Record<string, (asked: Asked) => Promise<unknown>> = {
  session_recordings_pkey: ({ db, id }) => getSession(db, id),
  session_recordings_candidate_id_unique: ({ db }) => createSession(db, { candidateId: 'c100' }),
  session_recordings_start: ({ db }) => listSessions(db, { ids: null, limit: 50 }),
  session_recordings_active: ({ db }) => quietSessions(db, new Date(0), 20),
  session_recordings_archive: ({ db }) => archivesDue({ db }, 20),
  session_recordings_annotations: ({ db }) => archivesDue({ db }, 20),
  session_recordings_erase: ({ db }) => erasuresUnderWay(db, 20),
  // Of the first event of a source it is asked whether a page made it.
  session_sources_session_id_source_pk: ({ db, id }) =>
    readFacts(db, [{ sessionId: id, afterSeq: 0, throughSeq: 100 }]),
  session_sources_identity: ({ db, id }) =>
    registerSource(db, id, { role: 'candidate', sub: 'c', sourceId: 's1' }, null),
  session_events_session_id_seq_pk: ({ db, id }) =>
    readRows(db, id, {}, { afterSeq: 500, throughSeq: 1000, limit: 200 }),
  session_links_session_id_last_seq_pk: ({ db, id }) => readChainHead(db, id),
  session_seals_pkey: ({ db, id }) => readSeal(db.sql, id),
  code_snapshots_seq: ({ db, id }) => readSnapshotTexts(db, id, [20, 40]),
  code_snapshots_file: ({ db, id }) =>
    db.transact(async (tx) => (await typedRowReader(tx, [])).lastSnapshot(id, 'f1.ts', 1)),
  claude_interactions_seq: ({ db, id }) =>
    readFacts(db, [{ sessionId: id, afterSeq: 900, throughSeq: 1000 }]),
  test_results_seq: ({ db, id }) => readFacts(db, [{ sessionId: id, afterSeq: 900, throughSeq: 1000 }]),
  session_analyses_pkey: ({ db, id }) => loadAnalysis(db, id, 2),
  session_keyframes_pkey: ({ db, id }) => keyframeAnswer(db, id, 1),
  annotations_order: ({ db, id }) => annotationVersions(db, id, '0', 50),
  annotations_request: ({ db, id }) => findNote(db, id, { role: 'proctor', sub: 'p' }, 'k3'),
  redactions_session: ({ db, id }) => lastRedactions(db, [id]),
  quarantined_events_seq: ({ db, id }) => quarantinedLine(db, id, 1),
  access_log_session: ({ db, id }) => readAccess(db, id, { afterId: 0, limit: 50 }),
  access_log_erased: ({ db }) => erasedLately(db, 30_000),
}

/** What a row is called by the outside: no question of ours goes by it alone. */
export const IDENTITIES = [
  'access_log_pkey',
  'annotations_pkey',
  'claude_interactions_pkey',
  'code_snapshots_pkey',
  'quarantined_events_pkey',
  'redactions_pkey',
  'test_results_pkey',
]

/** Where going through all rows would take as long as there are recordings. */
export const LARGE = [
  'access_log',
  'claude_interactions',
  'code_snapshots',
  'session_events',
  'session_links',
  'session_sources',
  'test_results',
]

/** An exam's recordings: few of them are under way, to be archived or erased; some hundred have all their rows. One has many notes. */
export async function fill({ sql }: World): Promise<void> {
  await sql`
    insert into session_recordings (candidate_id, status, start_time, close_requested_at, event_count, archive_state,
      storage_path, archive_verified_at, annotation_count, erase_requested_at, last_event_at)
    select 'c' || n, case when n % 50 = 0 then 'ACTIVE' else 'COMPLETED' end, now() - n * interval '1 minute',
      case when n % 50 <> 0 then now() - n * interval '30 seconds' end, 1000,
      case when n % 50 = 0 then 'none' when n % 200 = 1 then 'pending' else 'verified' end, 'sessions/' || n, now(),
      case when n % 300 = 2 then 1 else 0 end, case when n % 1000 = 503 then now() end, now()
    from generate_series(1, 5000) n`
  await sql`
    insert into session_sources (session_id, source, role, sub, source_id)
    select r.id, s, 'candidate', 'c', 's' || s from session_recordings r, generate_series(1, 3) s`
  await sql`create table filled as select id from session_recordings where substr(candidate_id, 2)::int <= 200`
  await sql`
    insert into session_events (session_id, seq, type, "timestamp", data, checkpoint, source, source_seq, received_at)
    select f.id, n, case n % 20 when 0 then 'code_snapshot' when 1 then 'ai_interaction' when 2 then 'test_result'
        else 'code_edit' end,
      now(), json_build_object('changes', n, 'text', repeat('x', 60)), false, 1, n, now()
    from filled f, generate_series(1, 1000) n`
  await sql`
    insert into code_snapshots (session_id, seq, source, file_id, file_name, content_hash, full_content, lines_added,
      lines_deleted, "timestamp")
    select f.id, n * 20, 1, 'f' || n % 3 || '.ts', 'f.ts', '', repeat('x', 300), 1, 1, now()
    from filled f, generate_series(1, 50) n`
  await sql`
    insert into claude_interactions (session_id, seq, role, content, "timestamp")
    select f.id, n * 20 + 1, 'user', repeat('x', 200), now() from filled f, generate_series(0, 49) n`
  await sql`
    insert into test_results (session_id, seq, test_name, passed, "timestamp")
    select f.id, n * 20 + 2, 'case', true, now() from filled f, generate_series(0, 49) n`
  await sql`
    insert into session_links (session_id, first_seq, last_seq, lines_hash, head, marks)
    select f.id, n * 10 + 1, n * 10 + 10, sha256('a'), sha256('b'), 'marks' from filled f, generate_series(0, 99) n`
  await sql`
    insert into session_seals (session_id, generation, statement, key_id, signature)
    select id, 1, repeat('x', 300), 'k', 's' from session_recordings`
  await sql`
    insert into session_analyses (session_id, version, through_seq, state, metrics)
    select id, 1, 1000, decode(repeat('00', 500), 'hex'), '{"score": 1}' from session_recordings`
  await sql`
    insert into annotations (session_id, kind, text, author, role, at, request_key)
    select r.id, 'note', 'x', 'p', 'proctor', now(), 'k' || n
    from session_recordings r, generate_series(1, case when candidate_id = 'c100' then 600 else 30 end) n`
  await sql`
    insert into redactions (session_id, kind, through_seq, reason, role, author, event_count, places)
    select r.id, 'text', 1000, 'x', 'service', 's', 1, '[]' from session_recordings r, generate_series(1, 2) n`
  // Behind the redactions, which take those that are there.
  await sql`
    insert into session_keyframes (session_id, version, through_seq, whole_seq, answer)
    select id, 1, 1000, 1000, decode(repeat('00', 500), 'hex') from session_recordings`
  await sql`
    insert into quarantined_events (session_id, seq, type, reason, original)
    select r.id, n, 'code_edit', 'x', 'line' from session_recordings r, generate_series(1, 2) n
    where r.start_time > now() - interval '200 minutes'`
  await sql`
    insert into access_log (at, role, sub, action, session_id)
    select now() - n * interval '1 hour', 'proctor', 'p', case when n = 5 and random() < 0.02 then 'erase' else 'read' end, r.id
    from session_recordings r, generate_series(1, 6) n`
  await sql`vacuum (analyze)`
}
