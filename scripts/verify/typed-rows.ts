import { createHash } from 'node:crypto'
import type { Sql } from '../../db/connect.js'
import { interactionColumns, testResultColumns } from '../../db/typed-rows.js'
import { type ArchivableEvent, parseQuietly } from '../../protocol/archive-lines.js'
import { joinParts, partOf } from '../../protocol/parts.js'
import type { Report } from './verdict.js'

type Fields = Record<string, unknown>
type Table = 'claude_interactions' | 'test_results'

/** A long event that is not whole yet. */
interface Pending {
  type: string
  id: string
  lastSourceSeq: number
  pieces: Fields[]
}

export interface RowsToCompare {
  purgedThroughSeq: number
  throughSeq: number
  isNewer: (seq: number) => Promise<boolean>
}

const ROWS_AT_ONCE = 200

/**
 * The rows of turns and test results as they follow from the events and the ratings, to compare the tables with. Of each
 * row a hash is kept.
 */
export class TypedRowsCheck {
  readonly #ratings: ReadonlyMap<number, number>
  readonly #pending = new Map<number, Pending>()
  readonly #expected = {
    claude_interactions: new Map<number, string>(),
    test_results: new Map<number, string>(),
  }

  constructor(ratings: ReadonlyMap<number, number>) {
    this.#ratings = ratings
  }

  /** Events in order, all of them: the pieces of a long one may lie far apart. */
  add(event: ArchivableEvent): void {
    if (event.type !== 'ai_interaction' && event.type !== 'test_result') return
    const data = this.#whole(event)
    if (data === null) return
    const { seq, timestampMs } = event
    if (event.type === 'test_result') {
      this.#expected.test_results.set(seq, hashOf({ ...testResultColumns(data), timestampMs }))
    } else {
      const columns = interactionColumns(data)
      const prompt_quality = this.#ratings.get(seq) ?? columns.prompt_quality
      this.#expected.claude_interactions.set(seq, hashOf({ ...columns, prompt_quality, timestampMs }))
    }
  }

  /** Of a long event's last piece the whole, where all pieces are there, one after the other [R7]. */
  #whole(event: ArchivableEvent): Fields | null {
    const own = parseQuietly(event.dataJson) as Fields | null
    // Not what was recorded, which its link tells.
    if (typeof own !== 'object' || own === null) return null
    const part = partOf(own)
    if (part === null) return own
    const { type, source, sourceSeq } = event
    const begun = part.index === 0 ? { type, id: part.id, pieces: [], lastSourceSeq: sourceSeq - 1 } : null
    const pending = begun ?? this.#pending.get(source)
    this.#pending.delete(source)
    const goesOn =
      pending?.type === type &&
      pending.id === part.id &&
      pending.lastSourceSeq === sourceSeq - 1 &&
      pending.pieces.length === part.index
    if (!goesOn) return null
    pending.pieces.push(own)
    pending.lastSourceSeq = sourceSeq
    if (part.index === part.count - 1) return joinParts(type, pending.pieces)
    this.#pending.set(source, pending)
    return null
  }

  /**
   * Compares both tables; rows up to `purgedThroughSeq` are to be gone.
   * @param isNewer whether a seq behind `throughSeq` was committed since that was read
   */
  async compare(
    report: Report,
    sql: Sql,
    sessionId: string,
    { purgedThroughSeq, throughSeq, isNewer }: RowsToCompare,
  ): Promise<void> {
    for (const table of ['claude_interactions', 'test_results'] as const) {
      const expected = this.#expected[table]
      for (const seq of expected.keys()) if (seq <= purgedThroughSeq) expected.delete(seq)
      for await (const { seq, hash } of storedRows(sql, table, sessionId)) {
        if (seq > throughSeq && (await isNewer(seq))) continue
        const wanted = expected.get(seq)
        expected.delete(seq)
        if (wanted === hash) continue
        const how = wanted === undefined ? 'added' : 'changed'
        report.add({ ...rowOf(table, seq), how, text: `The row of ${table} of event ${seq} was ${how}.` })
      }
      for (const seq of expected.keys()) {
        report.add({
          ...rowOf(table, seq),
          how: 'removed',
          text: `The row of ${table} of event ${seq} was removed.`,
        })
      }
    }
  }
}

const rowOf = (_table: Table, seq: number) => ({ what: 'row' as const, fromSeq: seq, toSeq: seq })

async function* storedRows(sql: Sql, table: Table, sessionId: string) {
  for (let after = -1; ; ) {
    const rows = await sql<(Fields & { seq: string; timestamp: Date })[]>`
      select * from ${sql(table)} where session_id = ${sessionId} and seq > ${after}
      order by seq limit ${ROWS_AT_ONCE}`
    if (rows.length === 0) return
    for (const { id: _, session_id: __, seq, timestamp, ...row } of rows) {
      for (const name of ['input_tokens', 'output_tokens']) {
        if (typeof row[name] === 'string') row[name] = Number(row[name])
      }
      after = Number(seq)
      yield { seq: after, hash: hashOf({ ...row, timestampMs: timestamp.getTime() }) }
    }
  }
}

/** Of all columns but the place. */
function hashOf(columns: object): string {
  const inOrder = Object.entries(columns).sort(([a], [b]) => (a < b ? -1 : 1))
  return createHash('sha256').update(JSON.stringify(inOrder)).digest('base64')
}
