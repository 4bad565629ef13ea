import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { textOf } from '../../test-support/exports.js'
import { anyRecording, type Draft } from '../../test-support/recordings.js'
import { EVIL_EVERYWHERE, EVIL_SESSION, inputOf } from '../../test-support/report.js'
import type { ExportedSession } from '../recording.js'
import { escapeHtml, printedText } from './escape.js'
import { htmlReport } from './report.js'

const reportOf = (drafts: readonly Draft[], fields?: Partial<ExportedSession>) =>
  textOf(htmlReport(inputOf(drafts, fields)))

/** What a reader sees of a section: text without tags. */
function sectionText(report: string, id: string): string {
  const from = report.indexOf(`<section id="${id}">`)
  const markup = report.slice(from, report.indexOf('</section>', from))
  return markup.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ')
}

test('events dated before the session are part of it: nothing is longer than the whole', async () => {
  const minute = 60_000
  const drafts: Draft[] = [
    { type: 'terminal_input', data: { command: 'npm test' }, atMs: 0 },
    { type: 'test_result', data: { testName: 'adds', passed: true }, atMs: 2 * minute },
    { type: 'terminal_input', data: { command: 'ls' }, atMs: 4 * minute },
  ]
  const report = await reportOf(drafts, { startMs: 30 * minute, endMs: 30 * minute + 1000 })
  expect(report).toContain('took 30 minutes')
  expect(report).toContain('the first passed after 2 minutes')
  const shares = [...report.matchAll(/(\d+)\s%/g)].map(([, share]) => Number(share))
  expect(shares.length).toBeGreaterThan(0)
  expect(Math.max(...shares)).toBeLessThanOrEqual(100)
})

describe('texts of candidates', () => {
  test('are text, wherever they stand', async () => {
    const report = await reportOf(EVIL_EVERYWHERE, EVIL_SESSION)
    expect(report).not.toMatch(/<script|<img|onerror=alert\(1\)>(?!&)/)
    expect(report.match(/<section /g)?.length).toBe(report.match(/<\/section>/g)?.length)
    expect(report).not.toMatch(/[\0\u202e\u2066]/)
    expect(report).not.toMatch(/\p{Surrogate}/u)
    expect(report).toContain('<i class="u" title="U+202E">202E</i>')
  })

  test('what can’t be seen is shown by its code, once for a run of them', () => {
    expect(escapeHtml('a\0\0\0b\u200b')).toBe(
      'a<i class="u" title="U+0000">0000×3</i>b<i class="u" title="U+200B">200B</i>',
    )
    expect(escapeHtml('tab\tline\nгрüße 日本語 😀')).toBe('tab\tline\nгрüße 日本語 😀')
  })

  test('of colours in an output only the text is left, and no sequence hides what follows it', () => {
    expect(printedText('\x1b[1;31mred\x1b[0m\r\n10%\r20%\x1b]0;title\x07end')).toBe('red\n10%\n20%end')
    expect(printedText('\x1b]0;never ended')).toBe('\x1b]0;never ended')
  })

  test('whatever was recorded, the page is whole and has no element of its own', {
    timeout: 60_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(anyRecording({ maxLength: 60 }), async (events) => {
        const report = await reportOf(
          events.map(({ timestamp, ...event }) => ({ ...event, atMs: timestamp })),
        )
        expect(report.endsWith('</html>\n')).toBe(true)
        for (const tag of ['section', 'article', 'pre', 'ol', 'table', 'div', 'span', 'svg']) {
          const opened = report.match(new RegExp(`<${tag}[ >]`, 'g'))?.length
          expect(report.match(new RegExp(`</${tag}>`, 'g'))?.length, tag).toBe(opened)
        }
      }),
      { numRuns: 40, interruptAfterTimeLimit: 20_000 },
    )
  })
})

test('the page needs nothing from elsewhere and runs nothing', async () => {
  const report = await reportOf(EVIL_EVERYWHERE)
  expect(report).toContain(
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">`,
  )
  expect(report).not.toMatch(/<(script|link|iframe|object|embed|img)[ >]/)
  expect(report).not.toMatch(/<[^>]*(?:src|href)=(?!"#)/)
  expect(report).not.toMatch(/url\(|@import/)
})

describe('what the report says', () => {
  const drafts: Draft[] = [
    { type: 'session_start', data: { files: [{ filePath: 'a.ts', content: 'one\n' }] }, atMs: 0 },
    {
      type: 'code_edit',
      fileId: 'a.ts',
      data: { changes: [[4, 0, 'two\n']], origin: 'typed' },
      atMs: 60_000,
    },
    { type: 'test_run_start', data: { testCount: 2 }, atMs: 120_000 },
    { type: 'test_result', data: { testName: 'adds', passed: true }, atMs: 121_000 },
    { type: 'test_result', data: { testName: 'doubles', passed: false, error: 'expected 4' }, atMs: 121_000 },
    { type: 'ai_interaction', data: { role: 'user', content: 'Why?' }, atMs: 130_000 },
    { type: 'ai_interaction', data: { role: 'assistant', content: 'Because.', latency: 900 }, atMs: 131_000 },
    { type: 'terminal_input', data: { command: 'npm test' }, atMs: 140_000 },
    { type: 'terminal_output', data: { output: 'failed', exitCode: 2 }, atMs: 141_000 },
    { type: 'tab_hidden', data: {}, atMs: 150_000 },
    { type: 'tab_visible', data: {}, atMs: 180_000 },
    { type: 'proctor_note', data: { text: 'as it happened', author: 'p' }, atMs: 185_000 },
    { type: 'gap', data: { source: 1, fromSeq: 5, toSeq: 7 }, atMs: 190_000 },
  ]

  test('each part is there, at its time', async () => {
    const report = await reportOf(drafts)
    expect(sectionText(report, 'tests')).toMatch(/2:00 Run 1 1 of 2 passed ✗ doubles expected 4 ✓ adds/)
    expect(sectionText(report, 'chat')).toMatch(/2:10 Candidate Why\? 2:11 Assistant 900 ms Because\./)
    expect(sectionText(report, 'commands')).toMatch(/2:20 npm test exit 2 failed/)
    expect(sectionText(report, 'facts')).toMatch(/2:30 Tab out of view for 30 s #11/)
    expect(sectionText(report, 'notes')).toMatch(/3:05 Note p as it happened/)
    expect(sectionText(report, 'completeness')).toMatch(/3 events sent by a tab and never arrived/)
    expect(sectionText(report, 'completeness')).toMatch(/3 events of source 1 never arrived \(5 to 7\)/)
    expect(sectionText(report, 'code')).toMatch(/a\.ts 2 lines, 8 characters one two/)
    expect(report).toContain(
      'Tests ran once; the first passed after 2 minutes, and in the last run 1 of 2 passed.',
    )
    expect(report).toContain('3 events are missing from the recording.')
  })

  test('of files that came as saves alone, nobody is told that they are unexplained', async () => {
    const snapshot = { fileName: 'a.ts', content: 'let a = 1\n' }
    const report = await reportOf([{ type: 'code_snapshot', atMs: 1000, fileId: 'a.ts', data: snapshot }])
    expect(report).toContain('How the final code was written was not recorded.')
    expect(report).not.toContain('is not explained by what was recorded')
  })

  test('an answer that broke off says why', async () => {
    const error = { type: 'overloaded_<b>error', message: 'Overloaded', status: 529 }
    const data = { role: 'assistant', content: '', latency: 6, error }
    const report = await reportOf([{ type: 'ai_interaction', atMs: 1000, data }])
    expect(report).toContain('no whole answer (overloaded_&lt;b&gt;error)')
  })

  test('an empty recording says so everywhere', async () => {
    const report = await reportOf([])
    for (const words of [
      'No tests were run',
      'The assistant was not used',
      'No commands',
      'There are no files',
    ])
      expect(report).toContain(words)
  })

  test('how long a page was away that never told so is not claimed', async () => {
    const report = await reportOf([
      { type: 'tab_hidden', data: {}, atMs: 10_000 },
      { type: 'editor_open', fileId: 'a.ts', source: 2, data: { content: '' }, atMs: 12_000 },
      { type: 'keystroke', source: 2, data: {}, atMs: 3_000_000 },
    ])
    expect(sectionText(report, 'facts')).toContain('Tab out of view its page did not tell until when')
    expect(report).toContain('No page of the interview was in front once, for 2 seconds in all.')
  })

  test('a note that was changed or taken away is shown as the log has it now', async () => {
    const input = inputOf(drafts)
    const place = { source: 1, sourceSeq: 12 }
    const notes = [{ kind: 'note' as const, text: 'in other words', author: 'p', atMs: 185_000, ...place }]
    const report = await textOf(htmlReport({ ...input, notes }))
    expect(sectionText(report, 'notes')).toMatch(/in other words/)
    expect(sectionText(report, 'notes')).not.toMatch(/as it happened/)
  })

  test('texts that are too long are cut, and it is said where the rest is', async () => {
    const report = await reportOf([
      { type: 'ai_interaction', data: { role: 'user', content: 'x'.repeat(300_000) } },
      { type: 'terminal_output', data: { output: `first${'y'.repeat(300_000)}`, exitCode: 0 } },
      { type: 'code_snapshot', fileId: 'a', data: { fileName: 'a', content: 'z\n'.repeat(200_000) } },
    ])
    expect(sectionText(report, 'chat')).toContain(
      '100,000 characters left out here. The NDJSON export has all of it.',
    )
    expect(sectionText(report, 'commands')).toMatch(/more characters of output not shown/)
    expect(sectionText(report, 'code')).toContain('The git export has all of it.')
    expect(report.length).toBeLessThan(600_000)
  })
})
