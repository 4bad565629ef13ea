import { percentile } from '../support/numbers.mjs'

/**
 * What was committed of some time, from the links of the chain: one for each session and transaction. PostgreSQL has to keep
 * when transactions were committed (`track_commit_timestamp`).
 * @typedef {object} Commits
 * @property {number} rounds transactions
 * @property {number} sessionFlushes sessions in them, each time counted
 * @property {number} events
 * @property {{ p50Ms: number, p99Ms: number, maxMs: number }} lag of the events, from received to committed
 * @property {number} transactionMs from the begin of a transaction to its commit, the median
 */

/**
 * Of the events that were received from one moment to another.
 * @param {import('postgres').Sql} sql
 * @param {number} fromMs
 * @param {number} toMs
 * @returns {Promise<Commits>}
 */
export async function commitsOf(sql, fromMs, toMs) {
  const [from, to] = [new Date(fromMs), new Date(toMs)]
  const lags = await sql`
    select extract(epoch from pg_xact_commit_timestamp(l.xmin) - e.received_at)::float8 * 1000 as ms
    from session_events e
    join lateral (select xmin from session_links l where l.session_id = e.session_id and l.last_seq >= e.seq
      order by l.last_seq limit 1) l on true
    where e.received_at >= ${from} and e.received_at < ${to}`
  const links = await sql`
    select l.xmin::text as transaction, count(*)::int as sessions, sum(l.last_seq - l.first_seq + 1)::float8 as events,
      min(extract(epoch from pg_xact_commit_timestamp(l.xmin) - l.created_at))::float8 * 1000 as ms
    from session_links l where pg_xact_commit_timestamp(l.xmin) >= ${from} and pg_xact_commit_timestamp(l.xmin) < ${to}
    group by l.xmin::text`
  const lagMs = lags.map(({ ms }) => Number(ms))
  return {
    rounds: links.length,
    sessionFlushes: links.reduce((total, { sessions }) => total + sessions, 0),
    events: links.reduce((total, { events }) => total + events, 0),
    lag: {
      p50Ms: percentile(lagMs, 0.5),
      p99Ms: percentile(lagMs, 0.99),
      maxMs: lagMs.reduce((most, ms) => Math.max(most, ms), 0),
    },
    transactionMs: percentile(
      links.map(({ ms }) => Number(ms)),
      0.5,
    ),
  }
}
