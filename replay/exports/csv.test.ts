import { expect, test } from 'vitest'
import type { SessionStats } from '../../protocol/http/analysis.js'
import { createAnalysis } from '../analysis/index.js'
import { textOf } from '../test-support/exports.js'
import { type Draft, record } from '../test-support/recordings.js'
import { leavesOf, statsCsv } from './csv.js'

/** Rows of cells, by RFC 4180 and nothing else. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [[]]
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy
  for (let match = cell.exec(text); match !== null; match = cell.exec(text)) {
    rows.at(-1)?.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '')
    if (match[3] === '\r\n') rows.push([])
    if (cell.lastIndex === text.length) return rows.slice(0, -1)
  }
  throw new Error('this is no CSV')
}

function statsOf(drafts: readonly Draft[]): SessionStats {
  const analysis = createAnalysis()
  analysis.add(record(drafts))
  return analysis.stats({ sessionId: 's', status: 'COMPLETED', startMs: 0, endMs: null, ratings: new Map() })
}

const drafts: Draft[] = [
  { type: 'session_start', data: {} },
  { type: 'code_edit', fileId: '=1+1', data: { changes: [[0, 0, 'text']], origin: 'typed' } },
  { type: 'code_edit', fileId: 'a,"b"\r\nc', data: { changes: [[0, 0, 'x']], origin: 'typed' } },
  { type: 'code_edit', fileId: ' \u202e@SUM(1)', data: { changes: [[0, 0, 'x']], origin: 'typed' } },
  { type: 'code_edit', fileId: '\t-2\0\ud83d', data: { changes: [[0, 0, 'x']], origin: 'typed' } },
  { type: 'paste', fileId: '=1+1', data: { lengthChars: 100 } },
  { type: 'test_run_start', data: { testCount: 1 } },
  { type: 'test_result', data: { testName: 't', passed: true, duration: 3 } },
]

test('every number of the statistics is a row, named by its path, with a unit and what it says', async () => {
  const stats = statsOf(drafts)
  const [header, ...rows] = parseCsv(await textOf(statsCsv(stats)))
  expect(header).toEqual(['metric', 'value', 'unit', 'description'])
  expect(rows.map(([metric]) => metric)).toEqual([...leavesOf(stats)].map(([path]) => path))
  // Failing? Describe the new number in csv-descriptions.ts.
  for (const [metric, , unit, description] of rows) expect(unit && description, metric).not.toBe('')
  const given = (name: string) => rows.find(([metric]) => metric === name)?.[1]
  expect(given('testExecution.passRate')).toBe('100')
  expect(given('testExecution.runs.1.atMs')).toBe('1970-01-01T00:00:06.000Z')
  expect(given('claudeInteractions.averageLatency')).toBe('')
})

test('no cell is a formula, whatever files are called', async () => {
  const text = await textOf(statsCsv(statsOf(drafts)))
  const paths = parseCsv(text)
    .filter(([metric]) => metric?.startsWith('provenance.files.') && metric.endsWith('.filePath'))
    .map(([, value]) => value)
  expect(paths.sort()).toEqual(["'\t-2\ufffd\ufffd", "' \u202e@SUM(1)", "'=1+1", 'a,"b"\r\nc'])
  for (const [, value] of parseCsv(text).slice(1)) expect(value).not.toMatch(/^\s*[=+@|%]/)
  // What the service says itself needs no guard.
  for (const [metric, , ...own] of parseCsv(text)) expect([metric, ...own].join()).not.toContain("'%")
})
