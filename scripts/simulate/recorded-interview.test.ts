import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { recordedInterview } from './recorded-interview.js'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'recorded-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const written = (name: string, text: string | Buffer): string => {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

describe('an export', () => {
  const start = { questionTitle: 'Sum', language: 'go', timeLimit: 60 }
  const lines = [
    { seq: 1, timestamp: 1000, type: 'session_start', data: start, fileId: null, checkpoint: true },
    { seq: 2, timestamp: 3000, type: 'custom:x', data: { a: 1 }, fileId: null, checkpoint: true },
    { seq: 3, timestamp: 2000, type: 'code_edit', data: { changes: [] }, fileId: 'a.go', checkpoint: false },
    { seq: 4, timestamp: 3500, type: 'proctor_note', data: { text: 'hm' }, fileId: null, checkpoint: true },
    { seq: 5, timestamp: 4000, type: 'session_submit', data: { finalCode: { 'a.go': 'x' } }, fileId: null },
  ]
  const text = lines.map((line) => JSON.stringify(line)).join('\n')

  test.each([
    ['plain.ndjson', `${text}\n`],
    ['packed.ndjson.gz', gzipSync(text)],
  ])('%s is played in the order of its times, without what others did', (name, content) => {
    expect(recordedInterview(written(name, content))).toMatchObject({
      question: { title: 'Sum', language: 'go' },
      timeLimitSec: 60,
      durationMs: 3000,
      events: [
        { offsetMs: 0, type: 'session_start' },
        { offsetMs: 1000, type: 'code_edit', fileId: 'a.go' },
        { offsetMs: 2000, type: 'custom:x', checkpoint: true },
        { offsetMs: 3000, type: 'session_submit' },
      ],
      expected: { files: { 'a.go': 'x' } },
    })
  })

  test.each([
    ['text.ndjson', 'no JSON', 'not a list of events'],
    ['empty.ndjson', '', 'does not begin with session_start'],
    ['rest.ndjson', JSON.stringify(lines[2]), 'does not begin with session_start'],
  ])('%s is refused', (name, content, words) => {
    expect(() => recordedInterview(written(name, content))).toThrow(words)
  })
})
