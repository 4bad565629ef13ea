import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { MAX_QUESTION_KEY_CHARS } from '../protocol/question-key.js'
import type { Database } from './connect.js'
import { statement } from './errors.js'
import { toColumnText } from './text.js'

/**
 * What a recording's events are the events of. They change in two ways alone: a redaction masks some, and the
 * archive is written anew. What was computed from an earlier edition must not be stored as if it were of this one.
 */
export interface Edition {
  /** The id of the last redaction, 0 without any. */
  redactionId: number
  archiveGeneration: number
}

export interface StoredAnalysis {
  throughSeq: number
  /** What `save` of the analysis gave, out of JSON. */
  state: unknown
}

export interface AnalysisToStore extends StoredAnalysis {
  sessionId: string
  /** Of the code that computed it. */
  version: number
  edition: Edition
  /** The numbers by which sessions are compared. */
  metrics: Readonly<Record<string, number>>
  /** By which sessions of the same question are found. */
  questionKey: string | null
}

/** The edition of a session's recording, and what was last computed of it; null where it is of another version. */
export async function loadAnalysis(
  { sql }: Database,
  sessionId: string,
  version: number,
): Promise<{ edition: Edition; stored: StoredAnalysis | null }> {
  const [row] = await statement(
    () => sql<{ redactionId: string; generation: number; throughSeq: string | null; state: Buffer | null }[]>`
      select coalesce((select max(d.id) from redactions d where d.session_id = r.id), 0) as "redactionId",
        r.archive_generation as generation, a.through_seq as "throughSeq", a.state
      from session_recordings r
      left join session_analyses a on a.session_id = r.id and a.version = ${version}
      where r.id = ${sessionId} and r.erase_requested_at is null`,
  )
  const edition = { redactionId: Number(row?.redactionId ?? 0), archiveGeneration: row?.generation ?? 0 }
  if (!row?.state) return { edition, stored: null }
  const json = await promisify(gunzip)(row.state)
  return { edition, stored: { throughSeq: Number(row.throughSeq), state: JSON.parse(json.toString('utf8')) } }
}

/**
 * Stores what was computed, unless something further on is there, the recording is of another edition now, or
 * there is no such session any more. Answers whether it was stored. Throws StoreError.
 */
export async function storeAnalysis(db: Database, analysis: AnalysisToStore): Promise<boolean> {
  const { sessionId, version, throughSeq, edition } = analysis
  const state = await promisify(gzip)(JSON.stringify(analysis.state))
  const questionKey = analysis.questionKey === null ? null : columnKey(analysis.questionKey)
  return statement(() =>
    db.transact(async (tx) => {
      // The lock comes first, in a statement of its own: whoever changes the recording holds it meanwhile, and what
      // he did is seen by the next statement only.
      const [row] = await tx`
        select id from session_recordings where id = ${sessionId} and archive_generation = ${edition.archiveGeneration}
          and erase_requested_at is null
        for share`
      if (!row) return false
      const stored = await tx`
        insert into session_analyses (session_id, version, through_seq, state, metrics, question_key)
        select ${sessionId}::uuid, ${version}::int, ${throughSeq}::bigint, ${state}::bytea,
          ${JSON.stringify(analysis.metrics)}::text::jsonb, ${questionKey}::text
        where not exists (
          select 1 from redactions d where d.session_id = ${sessionId} and d.id > ${edition.redactionId}::bigint)
        on conflict (session_id) do update
          set version = excluded.version, through_seq = excluded.through_seq, state = excluded.state,
            metrics = excluded.metrics, question_key = excluded.question_key, updated_at = now()
          where session_analyses.version < excluded.version
            or (session_analyses.version = excluded.version and session_analyses.through_seq <= excluded.through_seq)
        returning session_id`
      return stored.length > 0
    }),
  )
}

/** The numbers of a stored analysis anew, where it still speaks of the same events: after somebody rated a prompt. */
export async function storeMetrics(
  { sql }: Database,
  {
    sessionId,
    version,
    throughSeq,
    metrics,
  }: Pick<AnalysisToStore, 'sessionId' | 'version' | 'throughSeq' | 'metrics'>,
): Promise<void> {
  await statement(
    () => sql`
      update session_analyses set metrics = ${JSON.stringify(metrics)}::text::jsonb, updated_at = now()
      where session_id = ${sessionId} and version = ${version} and through_seq = ${throughSeq}`,
  )
}

/** Some of the numbers that are stored of these sessions, by session and name. Throws StoreError. */
export async function loadMetrics(
  { sql }: Database,
  sessionIds: readonly string[],
  names: readonly string[],
  version: number,
): Promise<Map<string, Readonly<Record<string, number>>>> {
  if (sessionIds.length === 0) return new Map()
  const rows = await statement(
    () => sql<{ sessionId: string; metrics: Record<string, number> }[]>`
      select a.session_id as "sessionId", jsonb_object_agg(m.key, m.value) as metrics
      from session_analyses a cross join lateral jsonb_each(a.metrics) m
      where a.session_id = any(${[...sessionIds]}::uuid[]) and a.version = ${version}
        and m.key = any(${[...names]}::text[])
      group by a.session_id`,
  )
  return new Map(rows.map(({ sessionId, metrics }) => [sessionId, metrics]))
}

/**
 * Has a session computed from its first event on again. Whoever changes what was recorded calls it, in the
 * transaction that does so or after it, under the lock of the session's row.
 */
export async function forgetAnalysis({ sql }: Pick<Database, 'sql'>, sessionId: string): Promise<void> {
  await statement(() => sql`delete from session_analyses where session_id = ${sessionId}`)
}

/** A question's key as its column holds it and as it is looked for. */
export const columnKey = (key: string): string => toColumnText(key.slice(0, MAX_QUESTION_KEY_CHARS))
