import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import type { Edition } from './analyses.js'
import type { Database } from './connect.js'
import { statement } from './errors.js'

// Keyframes of sessions that go on, one each. They hold what candidates wrote: they go with the session's row, with each
// redaction (by a trigger, so that one of an earlier release takes them too), and once the session is closed.

/** What is stored of a session, and of what edition its recording is. */
export interface KeyframeStanding {
  edition: Edition
  /** How many events are committed. */
  eventCount: number
  /** Null where there is none of this version. Its answer also where that is damaged. */
  stored: { throughSeq: number; wholeSeq: number; answer: string | null } | null
}

export interface KeyframeToStore {
  sessionId: string
  /** Of the code that made it. */
  version: number
  edition: Edition
  /** Its events are those up to here. */
  throughSeq: number
  /** How many there were when it was last made from the first one on. */
  wholeSeq: number
  /** JSON; null where none can be made of these events. */
  answer: string | null
}

/** Fewer are quickly played from the first one on. */
const FIRST_AT_EVENTS = 10_000
/** A keyframe is made anew after so many more events, */
const DUE_AFTER_EVENTS = 3000
/** and after such a part of all there are, so that what each event costs does not grow with their number. */
const DUE_AFTER_PART = 0.03
/** One that had to be made from the first event on, or could not be made, is not again before there are so many times as many. */
const ANEW_TIMES = 1.25

/**
 * Sessions that go on and have grown since their keyframe was made. Any of them, so that one that fails is not always the
 * first. Throws StoreError.
 */
export async function keyframesDue({ sql }: Database, version: number, limit: number): Promise<string[]> {
  const rows = await statement(
    () => sql<{ id: string }[]>`
      select r.id from session_recordings r left join session_keyframes k on k.session_id = r.id
      where r.status = 'ACTIVE' and r.erase_requested_at is null and r.event_count >= ${FIRST_AT_EVENTS}::bigint
        and coalesce(k.version, 0) <= ${version}::int and case
          when coalesce(k.version, 0) < ${version}::int then true
          when k.answer is null then r.event_count >= k.whole_seq * ${ANEW_TIMES}::float8
          else r.event_count - k.through_seq >= greatest(${DUE_AFTER_EVENTS}::float8, k.through_seq * ${DUE_AFTER_PART}::float8)
        end
      order by random() limit ${limit}`,
  )
  return rows.map(({ id }) => id)
}

/** Whether it may be made from the first event on once more by now. */
export const mayBeginAnew = (eventCount: number, wholeSeq: number): boolean =>
  eventCount >= wholeSeq * ANEW_TIMES

/** Null where the session does not go on. Throws StoreError. */
export async function loadKeyframe(
  { sql }: Database,
  sessionId: string,
  version: number,
): Promise<KeyframeStanding | null> {
  const [row] = await statement(
    () => sql<
      {
        redactionId: string
        generation: number
        eventCount: string
        throughSeq: string | null
        wholeSeq: string | null
        answer: Buffer | null
      }[]
    >`
      select coalesce((select max(d.id) from redactions d where d.session_id = r.id), 0) as "redactionId",
        r.archive_generation as generation, r.event_count as "eventCount", k.through_seq as "throughSeq",
        k.whole_seq as "wholeSeq", k.answer
      from session_recordings r
      left join session_keyframes k on k.session_id = r.id and k.version = ${version}
      where r.id = ${sessionId} and r.status = 'ACTIVE' and r.erase_requested_at is null`,
  )
  if (row === undefined) return null
  const edition = { redactionId: Number(row.redactionId), archiveGeneration: row.generation }
  const eventCount = Number(row.eventCount)
  if (row.throughSeq === null) return { edition, eventCount, stored: null }
  const answer = row.answer && (await unpacked(row.answer))
  const stored = { throughSeq: Number(row.throughSeq), wholeSeq: Number(row.wholeSeq), answer }
  return { edition, eventCount, stored }
}

async function unpacked(answer: Buffer): Promise<string | null> {
  try {
    return (await promisify(gunzip)(answer)).toString('utf8')
  } catch {
    return null
  }
}

/** The answer as it is stored, gzipped; null where there is none, or the session does not go on. Throws StoreError. */
export async function keyframeAnswer(
  { sql }: Database,
  sessionId: string,
  version: number,
): Promise<Buffer | null> {
  const [row] = await statement(
    () => sql<{ answer: Buffer | null }[]>`
      select k.answer from session_keyframes k join session_recordings r on r.id = k.session_id
      where r.id = ${sessionId} and r.status = 'ACTIVE' and r.erase_requested_at is null and k.version = ${version}`,
  )
  return row?.answer ?? null
}

/**
 * Stores a keyframe, unless one that has come further is there, the recording is of another edition now, or the session
 * does not go on any more. Answers whether it was stored. Throws StoreError.
 */
export async function storeKeyframe(db: Database, keyframe: KeyframeToStore): Promise<boolean> {
  const { sessionId, version, throughSeq, wholeSeq, edition } = keyframe
  const answer = keyframe.answer === null ? null : await promisify(gzip)(keyframe.answer, { level: 1 })
  return statement(() =>
    db.transact(async (tx) => {
      // As in storeAnalysis: what a redaction did under this lock is seen by the next statement only.
      const [row] = await tx`
        select id from session_recordings where id = ${sessionId} and archive_generation = ${edition.archiveGeneration}
          and status = 'ACTIVE' and event_count >= ${throughSeq}::bigint and erase_requested_at is null
        for share`
      if (!row) return false
      const stored = await tx`
        insert into session_keyframes (session_id, version, through_seq, whole_seq, answer)
        select ${sessionId}::uuid, ${version}::int, ${throughSeq}::bigint, ${wholeSeq}::bigint, ${answer}::bytea
        where not exists (
          select 1 from redactions d where d.session_id = ${sessionId} and d.id > ${edition.redactionId}::bigint)
        on conflict (session_id) do update
          set version = excluded.version, through_seq = excluded.through_seq, whole_seq = excluded.whole_seq,
            answer = excluded.answer, updated_at = now()
          where session_keyframes.version < excluded.version
            or (session_keyframes.version = excluded.version and session_keyframes.through_seq <= excluded.through_seq)
        returning session_id`
      return stored.length > 0
    }),
  )
}

/** Removes those of sessions that do not go on any more. Throws StoreError. */
export async function forgetKeyframesOfClosed({ sql }: Database): Promise<void> {
  await statement(
    () => sql`
      delete from session_keyframes k using session_recordings r
      where r.id = k.session_id and (r.status <> 'ACTIVE' or r.erase_requested_at is not null)`,
  )
}

/** A run of committed events: its first and last seq, and the earliest and the latest time among them, epoch ms. */
export interface CommittedRun {
  firstSeq: number
  lastSeq: number
  firstMs: number
  lastMs: number
}

const RUN_EVENTS = 1000

/** The rows above `afterSeq` up to `throughSeq`, in runs. Throws StoreError. */
export async function committedRuns(
  { sql }: Database,
  sessionId: string,
  afterSeq: number,
  throughSeq: number,
): Promise<CommittedRun[]> {
  const rows = await statement(
    () => sql<Record<keyof CommittedRun, string>[]>`
      select min(seq) as "firstSeq", max(seq) as "lastSeq",
        (extract(epoch from min("timestamp")) * 1000)::bigint as "firstMs",
        (extract(epoch from max("timestamp")) * 1000)::bigint as "lastMs"
      from session_events where session_id = ${sessionId} and seq > ${afterSeq} and seq <= ${throughSeq}
      group by (seq - 1) / ${RUN_EVENTS}::bigint order by 1`,
  )
  return rows.map(({ firstSeq, lastSeq, firstMs, lastMs }) => ({
    firstSeq: Number(firstSeq),
    lastSeq: Number(lastSeq),
    firstMs: Number(firstMs),
    lastMs: Number(lastMs),
  }))
}
