import type { Tx } from './connect.js'
import { toColumnText } from './text.js'

/** Rows of the three tables that hold some kinds of events once more, readable by plain SQL. */
export interface TypedRows {
  snapshots: SnapshotRow[]
  interactions: InteractionRow[]
  testResults: TestResultRow[]
}

export interface SnapshotRow {
  session_id: string
  seq: number
  source: number
  file_id: string
  file_name: string
  language: string | null
  content_hash: string
  full_content: string
  content_original: string | null
  diff_from_previous: unknown
  lines_added: number
  lines_deleted: number
  timestamp: Date
}

export interface InteractionRow {
  session_id: string
  seq: number
  role: string
  content: string
  model: string | null
  input_tokens: number | null
  output_tokens: number | null
  latency: number | null
  prompt_quality: number | null
  timestamp: Date
}

export interface TestResultRow {
  session_id: string
  seq: number
  test_name: string
  passed: boolean
  output: string | null
  error: string | null
  duration: number | null
  timestamp: Date
}

type Fields = Record<string, unknown>
type Place = 'session_id' | 'seq' | 'timestamp'

/** The columns of a whole ai_interaction's data. */
export function interactionColumns(data: Fields): Omit<InteractionRow, Place> {
  return {
    role: String(data.role),
    content: toColumnText(String(data.content)),
    model: textColumn(data.model),
    input_tokens: number(data.inputTokens),
    output_tokens: number(data.outputTokens),
    latency: number(data.latency),
    prompt_quality: number(data.promptQuality),
  }
}

/** The columns of a whole test_result's data. */
export function testResultColumns(data: Fields): Omit<TestResultRow, Place> {
  return {
    test_name: toColumnText(String(data.testName)),
    passed: data.passed === true,
    output: textColumn(data.output),
    error: textColumn(data.error),
    duration: number(data.duration),
  }
}

/** A snapshot's text as its two columns hold it [R8]. */
export function contentColumns(content: string): Pick<SnapshotRow, 'full_content' | 'content_original'> {
  const columnText = toColumnText(content)
  return { full_content: columnText, content_original: columnText === content ? null : content }
}

export const textColumn = (value: unknown): string | null =>
  typeof value === 'string' ? toColumnText(value) : null
const number = (value: unknown): number | null => (typeof value === 'number' ? value : null)

/** Rows per INSERT: PostgreSQL takes 65,534 parameters in one statement. */
const ROWS_PER_INSERT = 1000

/** Rows that are there already stay as they are: a snapshot that kept events refer to outlives a purge. */
export async function insertTypedRows(tx: Tx, rows: TypedRows): Promise<void> {
  for (const some of chunks(rows.snapshots)) {
    await tx`insert into code_snapshots ${tx(some.map((row) => withJson(tx, row)) as never)} on conflict do nothing`
  }
  for (const some of chunks(rows.interactions)) await tx`insert into claude_interactions ${tx(some as never)}`
  for (const some of chunks(rows.testResults)) await tx`insert into test_results ${tx(some as never)}`
}

/** OID of the type json. The driver's own json helper sends jsonb, which refuses NULs and lone surrogates [R8]. */
const JSON_OID = 114

const withJson = (tx: Tx, row: SnapshotRow) => {
  const json = (value: unknown) => (value === null ? null : tx.typed(value as never, JSON_OID))
  return {
    ...row,
    content_original: json(row.content_original),
    diff_from_previous: json(row.diff_from_previous),
  }
}

function chunks<T>(rows: readonly T[]): T[][] {
  const result: T[][] = []
  for (let i = 0; i < rows.length; i += ROWS_PER_INSERT) result.push(rows.slice(i, i + ROWS_PER_INSERT))
  return result
}
