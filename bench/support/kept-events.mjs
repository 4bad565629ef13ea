/** @typedef {import('postgres').Sql} Sql */

/**
 * How many events of some sessions are committed.
 * @param {Sql} sql
 * @param {readonly string[]} sessionIds
 */
export async function committedOf(sql, sessionIds) {
  const [row] = await sql`
    select coalesce(sum(event_count), 0)::int as n from session_recordings where id = any(${sessionIds})`
  return Number(row?.n)
}

/**
 * Everything that was acked is there, once each, under the seqs 1, 2, 3…, of one source a session: else a round is worth nothing.
 * @param {Sql} sql
 * @param {ReadonlyMap<string, number>} acked events by session
 * @throws where an event is missing or there twice
 */
export async function checkKept(sql, acked) {
  const rows = await sql`
    select s.id, s.event_count::int as count, e.rows::int, e.first::int, e.last::int, e.distinct::int
    from session_recordings s join lateral (
      select count(*) as rows, min(seq) as first, max(seq) as last, count(distinct source_seq) as distinct
      from session_events where session_id = s.id) e on true
    where s.id = any(${[...acked.keys()]})`
  const byId = new Map(rows.map((row) => [row.id, row]))
  for (const [id, n] of acked) {
    const row = byId.get(id)
    const isWhole =
      row &&
      [row.count, row.rows, row.last ?? 0, row.distinct].every((one) => one === n) &&
      (row.first ?? 1) === 1
    if (!isWhole) throw new Error(`Session ${id}: ${n} events acked, kept: ${JSON.stringify(row)}`)
  }
}
