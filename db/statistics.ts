import type postgres from 'postgres'
import type { SessionStatus } from '../protocol/session.js'
import { columnKey } from './analyses.js'
import type { Database, Sql } from './connect.js'
import { statement } from './errors.js'

/** Of more sessions, the newest ones are looked at: what one question costs has a bound. */
export const MAX_COMPARED_SESSIONS = 5000
/** Of more groups, the largest or the newest ones are given. */
export const MAX_GROUPS = 50
/** Numbers of fewer sessions tell those of single ones: whoever gets them has read these. */
const FEW_SESSIONS = 5
const BARS = 10
/** A candidate may claim any number; beyond this, sums would leave the range of a double and fail for everybody. */
const LARGEST = 1e15

export interface StatisticsQuery {
  /** Of the code that computed the numbers; those of another version are not comparable. */
  version: number
  /** Null: all sessions. */
  ids: readonly string[] | null
  question?: string | undefined
  status?: SessionStatus | undefined
  /** Of the session's start. */
  fromMs?: number | undefined
  toMs?: number | undefined
}

export interface Distribution {
  count: number
  mean: number
  min: number
  max: number
  p10: number
  p25: number
  p50: number
  p75: number
  p90: number
}

export interface DistributionWithBars extends Distribution {
  /** Bars of equal width from the smallest to the largest value; the last one includes its end. */
  histogram: { from: number; to: number; count: number }[]
}

export interface Statistics {
  sessionCount: number
  /** There are more of them. */
  truncated: boolean
  metrics: Record<string, DistributionWithBars>
  /** Each session's own numbers, where they are so few that the numbers above tell them anyway. */
  sessions?: { id: string; metrics: Record<string, number> }[]
}

export interface StatisticsGroup {
  key: string | null
  sessionCount: number
  metrics: Record<string, Distribution>
  /** The sessions, where they are so few that the numbers tell those of single ones. */
  toldIds: string[]
}

interface SummaryRow {
  key: string | null
  metric: string
  count: number
  mean: number
  min: number
  max: number
  p: [number, number, number, number, number]
}

/** How the stored numbers of many sessions are distributed, by name. Throws StoreError. */
export async function distributions(db: Database, query: StatisticsQuery): Promise<Statistics> {
  const { sql } = db
  const rows = await statement(
    () => sql<(SummaryRow & { bars: Record<string, number> | null })[]>`
      with ${numbersOf(sql, query, sql`null::text`)},
      summary as (${summaryOf(sql)}),
      bars as (
        select metric, json_object_agg(bar, count) as bars from (
          select n.metric, width_bucket(n.value, e.begins) as bar, count(*)::int as count
          from numbers n join (
            select s.metric, array(
              select s.min + i * ((s.max - s.min) / ${BARS}::float8) from generate_series(0, ${BARS - 1}::int) i order by i
            ) as begins from summary s where s.max > s.min
          ) e using (metric) group by 1, 2
        ) counted group by metric
      )
      select summary.*, bars.bars from summary left join bars using (metric) order by metric`,
  )
  const metrics = rows.map((row) => [
    row.metric,
    { ...distributionOf(row), histogram: histogramOf(row, row.bars) },
  ])
  const { count, sessions } = await countSessions(db, query)
  return {
    sessionCount: Math.min(count, MAX_COMPARED_SESSIONS),
    truncated: count > MAX_COMPARED_SESSIONS,
    metrics: Object.fromEntries(metrics),
    ...(sessions && { sessions }),
  }
}

/** The same by question or by day (UTC), without histograms. */
export async function distributionsBy(
  { sql }: Database,
  query: StatisticsQuery,
  groupBy: 'question' | 'day',
): Promise<StatisticsGroup[]> {
  const key =
    groupBy === 'question' ? sql`a.question_key` : sql`to_char(r.start_time at time zone 'UTC', 'YYYY-MM-DD')`
  const order = groupBy === 'question' ? sql`sessions desc, key` : sql`key desc`
  const rows = await statement(
    () => sql<(SummaryRow & { sessions: number; told: string[] | null; place: string })[]>`
      with ${numbersOf(sql, query, key)},
      groups as (
        select key, sessions, told, row_number() over (order by ${order}) as place
        from (select key, count(*)::int as sessions, ${toldOf(sql, sql`id`)} as told from chosen group by key) counted
        order by place limit ${MAX_GROUPS}
      ),
      summary as (${summaryOf(sql)})
      select g.key, g.sessions, g.told, s.metric, s.count, s.mean, s.min, s.max, s.p
      from groups g left join summary s on s.key is not distinct from g.key order by g.place, s.metric`,
  )
  const groups = new Map<string | null, StatisticsGroup>()
  for (const row of rows) {
    const group = groups.get(row.key) ?? {
      key: row.key,
      sessionCount: row.sessions,
      metrics: {},
      toldIds: row.told ?? [],
    }
    if (row.metric !== null) group.metrics[row.metric] = distributionOf(row)
    groups.set(row.key, group)
  }
  return [...groups.values()]
}

/**
 * Where each of these numbers stands among those of the sessions: the percentage of sessions below it, those that
 * equal it counting half.
 */
export async function percentilesOf(
  { sql }: Database,
  query: StatisticsQuery,
  metrics: Readonly<Record<string, number>>,
): Promise<Record<string, number>> {
  const rows = await statement(
    () => sql<{ metric: string; percentile: number }[]>`
      with ${numbersOf(sql, query, sql`null::text`)},
      own as (
        select key as metric, ${bounded(sql, sql`value::float8`)} as own
        from json_each_text(${JSON.stringify(metrics)}::text::json)
      )
      select n.metric, 100.0::float8
          * (count(*) filter (where n.value < o.own) + count(*) filter (where n.value = o.own) / 2.0::float8)
          / count(*) as percentile
      from numbers n join own o using (metric) group by n.metric`,
  )
  return Object.fromEntries(rows.map((row) => [row.metric, row.percentile]))
}

/** One more than are compared at most. */
async function countSessions(
  { sql }: Database,
  query: StatisticsQuery,
): Promise<{ count: number; sessions: Statistics['sessions'] }> {
  const [row] = await statement(
    () => sql<{ count: number; sessions: Statistics['sessions'] | null }[]>`
      with ${chosenOf(sql, query, sql`null::text`, MAX_COMPARED_SESSIONS + 1)}
      select count(*)::int as count, ${toldOf(sql, sql`json_build_object('id', id, 'metrics', metrics)`)} as sessions
      from chosen`,
  )
  return { count: row?.count ?? 0, sessions: row?.sessions ?? undefined }
}

type Fragment = postgres.PendingQuery<postgres.Row[]>

const chosenOf = (
  sql: Sql,
  query: StatisticsQuery,
  key: Fragment,
  limit = MAX_COMPARED_SESSIONS,
): Fragment => sql`
  chosen as materialized (
    select r.id, a.metrics, ${key} as key
    from session_analyses a join session_recordings r on r.id = a.session_id
    where a.version = ${query.version} and r.erase_requested_at is null
      ${query.ids === null ? sql`` : sql`and r.id = any(${[...query.ids]}::uuid[])`}
      ${query.question === undefined ? sql`` : sql`and a.question_key = ${columnKey(query.question)}`}
      ${query.status === undefined ? sql`` : sql`and r.status = ${query.status}`}
      ${query.fromMs === undefined ? sql`` : sql`and r.start_time >= to_timestamp(${query.fromMs}::float8 / 1000)`}
      ${query.toMs === undefined ? sql`` : sql`and r.start_time <= to_timestamp(${query.toMs}::float8 / 1000)`}
    order by r.start_time desc nulls last, r.id limit ${limit}
  )`

/** Which of the sessions to list: those that have the number, from `atLeast` on and `below` that. */
export interface NumberRange {
  metric: string
  atLeast?: number | undefined
  below?: number | undefined
}

export interface ComparedSession {
  id: string
  candidateId: string
  status: SessionStatus
  startTime: Date
  value: number
}

/** The sessions whose number lies in a range, by it, behind the one named `after`; `count` is of all, and `toldIds` of those so few that it tells of each. Throws StoreError. */
export async function sessionsInRange(
  { sql }: Database,
  query: StatisticsQuery,
  { metric, atLeast, below }: NumberRange,
  { after, limit }: { after: Pick<ComparedSession, 'value' | 'id'> | null; limit: number },
): Promise<{ count: number; sessions: ComparedSession[]; toldIds: string[] }> {
  const rows = await statement(
    () => sql<(Omit<ComparedSession, 'id'> & { id: string | null; count: number; told: string[] | null })[]>`
      with ${chosenOf(sql, query, sql`null::text`)},
      numbers as materialized (
        select id, ${bounded(sql, sql`(metrics ->> ${metric})::float8`)} as value
        from chosen where jsonb_typeof(metrics -> ${metric}) = 'number'
      ),
      found as materialized (
        select id, value from numbers
        where value >= ${atLeast ?? -LARGEST}::float8 ${below === undefined ? sql`` : sql`and value < ${below}::float8`}
      )
      select c.count, (select ${toldOf(sql, sql`id`)} from chosen) as told, r.id, r.candidate_id as "candidateId", r.status, r.start_time as "startTime", f.value
      from (select count(*)::int as count from found) c left join (
        select id, value from found
        ${after === null ? sql`` : sql`where (value, id) > (${after.value}::float8, ${after.id}::uuid)`}
        order by value, id limit ${limit}
      ) f on true left join session_recordings r on r.id = f.id and r.erase_requested_at is null
      order by f.value, f.id`,
  )
  return {
    count: rows[0]?.count ?? 0,
    sessions: rows.flatMap(({ id, count: _, told: __, ...session }) =>
      id === null ? [] : [{ ...session, id }],
    ),
    toldIds: rows[0]?.told ?? [],
  }
}

const toldOf = (sql: Sql, told: Fragment): Fragment =>
  sql`case when count(*) < ${FEW_SESSIONS}::int then json_agg(${told}) end`

const numbersOf = (sql: Sql, query: StatisticsQuery, key: Fragment): Fragment => sql`
  ${chosenOf(sql, query, key)},
  numbers as materialized (
    select c.key, m.key as metric, ${bounded(sql, sql`(m.value #>> '{}')::float8`)} as value
    from chosen c cross join jsonb_each(c.metrics) m where jsonb_typeof(m.value) = 'number'
  )`

const summaryOf = (sql: Sql): Fragment => sql`
  select key, metric, count(*)::int as count, avg(value) as mean, min(value) as min, max(value) as max,
    to_json(percentile_cont(array[0.1, 0.25, 0.5, 0.75, 0.9]) within group (order by value)) as p
  from numbers group by key, metric`

const bounded = (sql: Sql, value: Fragment): Fragment =>
  sql`least(greatest(${value}, ${-LARGEST}::float8), ${LARGEST}::float8)`

function distributionOf({ count, mean, min, max, p: [p10, p25, p50, p75, p90] }: SummaryRow): Distribution {
  return { count, mean, min, max, p10, p25, p50, p75, p90 }
}

function histogramOf(
  { min, max, count }: SummaryRow,
  bars: Record<string, number> | null,
): DistributionWithBars['histogram'] {
  if (bars === null) return [{ from: min, to: max, count }]
  const width = (max - min) / BARS
  return Array.from({ length: BARS }, (_, i) => ({
    from: min + i * width,
    to: i === BARS - 1 ? max : min + (i + 1) * width,
    count: bars[i + 1] ?? 0,
  }))
}
