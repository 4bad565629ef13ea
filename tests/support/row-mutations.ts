import type { Random } from './archive-mutations.js'
import type { World } from './world.js'

// Random changes to the rows of a session, by somebody who may write into PostgreSQL and lacks the key.

type Sql = World['sql']

/** What each table says of a session, and how each column of it is changed. */
const COLUMNS: Record<string, Record<string, string>> = {
  session_events: {
    type: `type || 'x'`,
    timestamp: `"timestamp" + interval '1 ms'`,
    data: `(case when data::text = '1' then '2' else '1' end)::json`,
    file_id: `coalesce(file_id, '') || 'x'`,
    checkpoint: 'not checkpoint',
    source: 'source + 1',
    source_seq: 'source_seq + 100000',
    received_at: `received_at + interval '1 ms'`,
    meta: `'{"flags":["clock_far"]}'`,
  },
  code_snapshots: {
    source: 'source + 1',
    file_id: `file_id || 'x'`,
    file_name: `file_name || 'x'`,
    language: `coalesce(language, '') || 'x'`,
    content_hash: `translate(content_hash, '0123456789', '1234567890')`,
    full_content: `full_content || 'x'`,
    content_original: `'"other"'`,
    diff_from_previous: `'{"fromSeq":1,"lines":[]}'`,
    lines_added: 'lines_added + 1',
    lines_deleted: 'lines_deleted + 1',
    timestamp: `"timestamp" + interval '1 ms'`,
  },
  claude_interactions: {
    role: `role || 'x'`,
    content: `content || 'x'`,
    model: `coalesce(model, '') || 'x'`,
    input_tokens: 'coalesce(input_tokens, 0) + 1',
    output_tokens: 'coalesce(output_tokens, 0) + 1',
    latency: 'coalesce(latency, 0) + 0.5',
    prompt_quality: 'coalesce(prompt_quality, 0) + 1',
    timestamp: `"timestamp" + interval '1 ms'`,
  },
  test_results: {
    test_name: `test_name || 'x'`,
    passed: 'not passed',
    output: `coalesce(output, '') || 'x'`,
    error: `coalesce(error, '') || 'x'`,
    duration: 'coalesce(duration, 0) + 0.5',
    timestamp: `"timestamp" + interval '1 ms'`,
  },
  session_links: {
    first_seq: 'first_seq + 1',
    salt: `coalesce(set_byte(salt, 3, get_byte(salt, 3) # 1), '\\x01')`,
    lines_hash: 'set_byte(lines_hash, 5, get_byte(lines_hash, 5) # 1)',
    head: 'set_byte(head, 7, get_byte(head, 7) # 1)',
    marks: 'set_byte(marks, 0, get_byte(marks, 0) # 1)',
    masked_salt: `coalesce(set_byte(masked_salt, 3, get_byte(masked_salt, 3) # 1), '\\x01')`,
    masked_hash: `coalesce(set_byte(masked_hash, 3, get_byte(masked_hash, 3) # 1), '\\x01')`,
  },
  session_recordings: {
    candidate_id: `candidate_id || 'x'`,
    status: `case status when 'ERROR' then 'COMPLETED' else 'ERROR' end`,
    start_time: `start_time - interval '1 s'`,
    end_time: `end_time + interval '1 s'`,
    duration: 'duration + 1',
    event_count: 'event_count + 1',
    question: `'{"title":"Another"}'`,
    metadata: `'[1]'`,
    time_limit: 'coalesce(time_limit, 0) + 1',
  },
  session_sources: {
    sub: `sub || 'x'`,
    source_id: `source_id || 'x'`,
    role: `case role when 'service' then 'candidate' else 'service' end`,
    user_agent: `coalesce(user_agent, '') || 'x'`,
    first_seen: `first_seen + interval '1 s'`,
  },
  redactions: {
    reason: `reason || 'x'`,
    author: `author || 'x'`,
    event_count: 'event_count + 1',
    statement: `replace(statement, '"role":"service"', '"role":"candidate"')`,
    signature: 'reverse(signature)',
  },
  annotations: { text: `text || 'x'`, value: 'value % 5 + 1', author: `author || 'x'` },
  session_seals: {
    statement: `statement || ' '`,
    signature: 'reverse(signature)',
    key_id: 'reverse(key_id)',
  },
}

const idOf = (table: string): string => (table === 'session_recordings' ? 'id' : 'session_id')

/** A copy of all that is said of one session, to put back what was changed. */
export async function keepRows(sql: Sql, sessionId: string): Promise<void> {
  for (const table of Object.keys(COLUMNS)) {
    await sql.unsafe(`drop table if exists kept_${table}`)
    await sql.unsafe(
      `create table kept_${table} as select * from ${table} where ${idOf(table)} = '${sessionId}'`,
    )
  }
}

async function putBack(sql: Sql, table: string, sessionId: string): Promise<void> {
  if (table === 'session_recordings') {
    const columns = Object.keys(COLUMNS.session_recordings as object).join(', ')
    await sql.unsafe(
      `update session_recordings set (${columns}) = (select ${columns} from kept_session_recordings) where id = '${sessionId}'`,
    )
    return
  }
  await sql.begin(async (tx) => {
    await tx.unsafe(`delete from ${table} where session_id = '${sessionId}'`)
    await tx.unsafe(`insert into ${table} overriding system value select * from kept_${table}`)
  })
}

interface RowMutation {
  /** What was changed, in words. */
  said: string
  undo(): Promise<void>
}

/** Changes something of the session's rows. */
export async function mutateRows(sql: Sql, sessionId: string, random: Random): Promise<RowMutation> {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T
  const dump = (table: string) =>
    sql.unsafe(`select md5(string_agg(t::text, '|' order by t::text)) as hash from ${table} t
      where ${idOf(table)} = '${sessionId}'`)
  for (;;) {
    // Most of what there is are events.
    const table = random() < 0.4 ? 'session_events' : pick(Object.keys(COLUMNS))
    const columns = COLUMNS[table] as Record<string, string>
    const [before] = await dump(table)
    const [row] = await sql.unsafe(
      `select ctid::text as ctid from ${table} where ${idOf(table)} = '${sessionId}' order by md5(ctid::text || '${random()}') limit 1`,
    )
    if (row === undefined) continue
    const isOrdered = ['session_events', 'code_snapshots', 'claude_interactions', 'test_results'].includes(
      table,
    )
    const how =
      table === 'session_recordings'
        ? 'edit'
        : pick(isOrdered ? ['edit', 'drop', 'add', 'swap'] : ['edit', 'drop'])
    const column = pick(Object.keys(columns))
    const at = `ctid = '${row.ctid}' and ${idOf(table)} = '${sessionId}'`
    const names = Object.keys(columns).map((name) => `"${name}"`)
    if (how === 'edit') await sql.unsafe(`update ${table} set "${column}" = ${columns[column]} where ${at}`)
    else if (how === 'drop') await sql.unsafe(`delete from ${table} where ${at}`)
    else if (how === 'add') {
      await sql.unsafe(
        `insert into ${table} (session_id, seq, ${names})
         select session_id, (select max(seq) + 1 from session_events where session_id = '${sessionId}'), ${names}
         from ${table} where ${at}`,
      )
    } else {
      // Two rows change places: all that they say but their seqs.
      await sql.unsafe(
        `with two as (select * from ${table} where session_id = '${sessionId}' order by md5(seq::text || '${random()}') limit 2)
         update ${table} t set (${names}) = (select ${names} from two o where o.seq <> t.seq)
         where t.session_id = '${sessionId}' and t.seq in (select seq from two) and (select count(*) from two) = 2`,
      )
    }
    const [after] = await dump(table)
    const said = `${how} of ${table}${how === 'edit' ? `.${column}` : ''}`
    if (after?.hash === before?.hash) continue
    return { said, undo: () => putBack(sql, table, sessionId) }
  }
}
