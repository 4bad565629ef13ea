import { describe, expect, test } from 'vitest'
import { decodeEventLine, encodeEventLine } from '../../db/buffer/event-line.js'
import { hashText } from '../../db/text.js'
import type { TypedRows } from '../../db/typed-rows.js'
import type { PlannedEvent } from './plan-session.js'
import { addTypedRows, hasTypedRow, type TypedRowReader } from './typed-rows.js'

const SESSION = 'session'

/** The two questions to PostgreSQL, answered from what earlier flushes left. */
class Kept implements TypedRowReader {
  readonly snapshots: { source: number; fileId: string; seq: number; content: string }[] = []
  readonly events: { source: number; sourceSeq: number; data: unknown }[] = []

  async lastSnapshot(_session: string, fileId: string, source: number) {
    const ofFile = this.snapshots.filter((s) => s.fileId === fileId)
    const found = ofFile.findLast((s) => s.source === source) ?? ofFile.at(-1)
    return found
      ? { seq: found.seq, source: found.source, contentHash: hashText(found.content), content: found.content }
      : null
  }

  async earlierPieces(_session: string, source: number, from: number, to: number) {
    return this.events
      .filter((e) => e.source === source && e.sourceSeq >= from && e.sourceSeq <= to)
      .map((e) => e.data)
  }
}

interface Typed {
  type: string
  data: unknown
  source?: number
  fileId?: string
}

/** Flushes one list of events after the other, as a shard's flushes would; returns all typed rows. */
async function flush(...flushes: Typed[][]) {
  const kept = new Kept()
  const all: TypedRows = { snapshots: [], interactions: [], testResults: [] }
  const lines: string[] = []
  const sourceSeqs = new Map<number, number>()
  let seq = 0
  for (const typed of flushes) {
    const events = typed.map(({ type, data, source = 1, fileId }): PlannedEvent => {
      seq += 1
      const sourceSeq = (sourceSeqs.get(source) ?? 0) + 1
      sourceSeqs.set(source, sourceSeq)
      const line = encodeEventLine({
        type,
        timestampMs: 1000 + seq,
        checkpoint: false,
        fileId: fileId ?? null,
        meta: null,
        dataJson: JSON.stringify(data),
      })
      return { seq, source, sourceSeq, receivedAtMs: 1, late: false, line }
    })
    const rows: TypedRows = { snapshots: [], interactions: [], testResults: [] }
    await addTypedRows(rows, SESSION, events, kept)
    for (const row of rows.snapshots) {
      const content = row.content_original ?? row.full_content
      kept.snapshots.push({ source: row.source, fileId: row.file_id, seq: row.seq, content })
    }
    for (const { source, sourceSeq, line } of events) {
      kept.events.push({ source, sourceSeq, data: JSON.parse(decodeEventLine(line).dataJson) })
      lines.push(line)
    }
    all.snapshots.push(...rows.snapshots)
    all.interactions.push(...rows.interactions)
    all.testResults.push(...rows.testResults)
  }
  return { ...all, datas: lines.map((line) => JSON.parse(decodeEventLine(line).dataJson)) }
}

const snapshot = (content: string, extra: Partial<Typed> & { data?: object } = {}): Typed => ({
  type: 'code_snapshot',
  fileId: 'a.py',
  ...extra,
  data: { fileName: 'a.py', language: 'python', content, ...extra.data },
})

describe('code snapshots', () => {
  test('are stored once, with their hash, lines and the difference to the one before', async () => {
    const { snapshots, datas } = await flush([snapshot('a\nb\n'), snapshot('a\nc\nd\n')])
    expect(snapshots).toMatchObject([
      { seq: 1, file_id: 'a.py', file_name: 'a.py', language: 'python', lines_added: 2, lines_deleted: 0 },
      { seq: 2, lines_added: 2, lines_deleted: 1 },
    ])
    expect(snapshots[0]).toMatchObject({ content_hash: hashText('a\nb\n'), diff_from_previous: null })
    expect(snapshots[1]?.diff_from_previous).toEqual({
      fromSeq: 1,
      lines: [
        ['=', 1],
        ['-', ['b\n']],
        ['+', ['c\n', 'd\n']],
      ], // prettier-ignore
    })
    // The log refers to the row that holds the text.
    expect(datas).toEqual([
      { fileName: 'a.py', language: 'python', content: { $snapshot: 1 } },
      { fileName: 'a.py', language: 'python', content: { $snapshot: 2 } },
    ])
  })

  test('is compared with what its sender says was there before, where that is said', async () => {
    const { snapshots, datas } = await flush([
      snapshot('a\nb\n', { data: { previousContent: 'a\n' } }),
      snapshot('a\nb\nc\n', { data: { previousContent: 'somebody wrote\nb\n' } }),
      snapshot('c\n', { data: { previousContent: 'a\nb\nc\n' } }),
      snapshot('d\n', { data: { previousContent: null } }),
    ])
    expect(snapshots.map((row) => [row.lines_added, row.lines_deleted])).toEqual([
      [1, 0],
      [2, 1],
      [0, 2],
      [1, 1],
    ])
    const fromSeqs = snapshots.map((row) => (row.diff_from_previous as { fromSeq: number | null }).fromSeq)
    expect(fromSeqs).toEqual([null, null, 2, 3])
    // The event keeps all that was sent with it.
    expect(datas.map((d) => d.previousContent)).toEqual(['a\n', 'somebody wrote\nb\n', 'a\nb\nc\n', null])
  })

  test.each([
    ['in one flush', (events: Typed[]) => [events]],
    ['in flushes of their own', (events: Typed[]) => events.map((event) => [event])],
  ])('one equal to the last of its file is not stored again, %s', async (_where, cut) => {
    const { snapshots, datas } = await flush(
      ...cut([snapshot('x'), snapshot('x'), snapshot('y'), snapshot('x')]),
    )
    expect(snapshots.map((s) => s.seq)).toEqual([1, 3, 4])
    expect(datas.map((d) => d.content)).toEqual([1, 1, 3, 4].map((seq) => ({ $snapshot: seq })))
  })

  test.each([
    ['in one flush', (events: Typed[]) => [events]],
    ['in flushes of their own', (events: Typed[]) => events.map((event) => [event])],
  ])('[R1] each source is compared with its own last one, two tabs never mix, %s', async (_where, cut) => {
    const { snapshots } = await flush(
      ...cut([
        snapshot('one\n', { source: 1 }),
        snapshot('one\n', { source: 2 }), // the first of this source: compared with the file's last
        snapshot('two\n', { source: 2 }),
        snapshot('one\n', { source: 1 }), // what source 1 has shown last
        snapshot('two\n', { source: 2 }),
      ]),
    )
    expect(snapshots.map((s) => [s.seq, s.source])).toEqual([
      [1, 1],
      [3, 2],
    ])
    expect(snapshots[1]?.diff_from_previous).toMatchObject({ fromSeq: 1 })
  })

  test('files are told apart, also without a fileId', async () => {
    const { snapshots } = await flush([
      snapshot('x', { fileId: 'a.py' }),
      snapshot('x', { fileId: 'b.py' }),
      { type: 'code_snapshot', data: { fileName: 'b.py', content: 'x' } },
      { type: 'code_snapshot', data: { fileName: 'c.py', content: 'x' } },
    ])
    expect(snapshots.map((s) => s.file_id)).toEqual(['a.py', 'b.py', 'c.py'])
  })

  test('[R8] a text that a column cannot hold is kept beside it, and told apart by its hash', async () => {
    const { snapshots } = await flush([snapshot('a\0'), snapshot('a\ufffd'), snapshot('a\ud83d')])
    expect(snapshots.map((s) => [s.full_content, s.content_original])).toEqual([
      ['a\ufffd', 'a\0'],
      ['a\ufffd', null],
      ['a\ufffd', 'a\ud83d'],
    ])
  })

  test('keys the schema does not know stay in the log, also those with a meaning to JavaScript', async () => {
    const data = JSON.parse('{"fileName":"a","content":"x","__proto__":{"y":1},"constructor":2}')
    const { datas } = await flush([{ type: 'code_snapshot', data }])
    expect(JSON.stringify(datas[0])).toBe(
      '{"fileName":"a","content":{"$snapshot":1},"__proto__":{"y":1},"constructor":2}',
    )
  })
})

const piece = (type: string, index: number, count: number, data: object, id = 'p'): Typed => ({
  type,
  fileId: 'a.py',
  data: { ...data, part: { id, index, count } },
})

describe('[R7] texts in several events', () => {
  const pieces = ['first ', 'second ', 'third'].map((content, i) =>
    piece('ai_interaction', i, 3, { role: 'assistant', content, model: 'm' }),
  )

  test.each([1, 2, 3])('are whole again in the row, flushed %i at a time', async (at) => {
    const flushes = []
    for (let i = 0; i < pieces.length; i += at) flushes.push(pieces.slice(i, i + at))
    const { interactions, datas } = await flush(...flushes)
    expect(interactions).toMatchObject([
      { seq: 3, content: 'first second third', role: 'assistant', model: 'm' },
    ])
    // The log keeps what was sent.
    expect(datas.map((d) => d.content)).toEqual(['first ', 'second ', 'third'])
  })

  test.each([
    ['the first', [1, 2]],
    ['a middle one', [0, 2]],
    ['the last', [0, 1]],
  ])('have no row where %s is missing: unknown is not shorter [R13]', async (_which, there) => {
    const some = [0, 1, 2].map((i) =>
      there.includes(i) ? (pieces[i] as Typed) : { type: 'rejected', data: { code: 'EVENT_TOO_LARGE' } },
    )
    expect((await flush(some)).interactions).toEqual([])
    expect((await flush(...some.map((one) => [one]))).interactions).toEqual([])
  })

  test('a text begun anew under the same id counts from its new first piece', async () => {
    const { interactions } = await flush([pieces[0] as Typed, pieces[1] as Typed, ...pieces])
    expect(interactions.map((row) => row.content)).toEqual(['first second third'])
  })

  test('two sources may use the same id at once', async () => {
    const mixed = pieces.flatMap((one) => [
      { ...one, source: 1 },
      { ...one, source: 2 },
    ])
    const { interactions } = await flush(mixed)
    expect(interactions.map((row) => row.content)).toEqual(['first second third', 'first second third'])
  })

  test('pieces of another text between them make it incomplete, never mixed', async () => {
    const other = piece('ai_interaction', 0, 2, { role: 'user', content: 'OTHER' }, 'q')
    const some = [pieces[0] as Typed, other, pieces[1] as Typed, pieces[2] as Typed]
    for (const flushes of [[some], some.map((one) => [one])]) {
      const { interactions } = await flush(...flushes)
      for (const row of interactions) expect(row.content).toBe('first second third')
    }
  })

  test('a snapshot in pieces is stored whole, and its events keep their own text', async () => {
    const { snapshots, datas } = await flush([
      piece('code_snapshot', 0, 2, { fileName: 'a.py', content: 'a\n' }),
      piece('code_snapshot', 1, 2, { fileName: 'a.py', content: 'b\n' }),
      snapshot('a\nb\n'),
    ])
    expect(snapshots).toMatchObject([{ seq: 2, full_content: 'a\nb\n', lines_added: 2 }])
    expect(datas.map((d) => d.content)).toEqual(['a\n', 'b\n', { $snapshot: 2 }])
  })
})

test('interactions and test results have their columns, null where nothing was said', async () => {
  const { interactions, testResults } = await flush([
    {
      type: 'ai_interaction',
      data: {
        role: 'user',
        content: 'a\0b',
        model: 'm\ud83d',
        inputTokens: 1,
        outputTokens: 0,
        latency: 1.5,
        promptQuality: 5,
      },
    },
    { type: 'ai_interaction', data: { role: 'system', content: '', model: null } },
    {
      type: 'test_result',
      data: { testName: 't\0', passed: false, output: 'o', error: 'e\0', duration: 2.5 },
    },
    { type: 'test_result', data: { testName: 't', passed: true } },
    { type: 'terminal_output', data: { output: 'x' } },
  ])
  expect(interactions).toEqual([
    {
      session_id: SESSION,
      seq: 1,
      timestamp: new Date(1001),
      role: 'user',
      content: 'a\ufffdb',
      model: 'm\ufffd',
      input_tokens: 1,
      output_tokens: 0,
      latency: 1.5,
      prompt_quality: 5,
    },
    {
      session_id: SESSION,
      seq: 2,
      timestamp: new Date(1002),
      role: 'system',
      content: '',
      model: null,
      input_tokens: null,
      output_tokens: null,
      latency: null,
      prompt_quality: null,
    },
  ])
  expect(testResults).toMatchObject([
    { seq: 3, test_name: 't\ufffd', passed: false, output: 'o', error: 'e\ufffd', duration: 2.5 },
    { seq: 4, test_name: 't', passed: true, output: null, error: null, duration: null },
  ])
})

test('which events have a row of their own is told by the type alone', () => {
  expect(['code_snapshot', 'ai_interaction', 'test_result'].every((t) => hasTypedRow(`${t}\t1`))).toBe(true)
  expect(['test_results\t1', 'custom:test_result\t1', 'rejected\ttest_result\t'].some(hasTypedRow)).toBe(
    false,
  )
})
