import { describe, expect, test } from 'vitest'
import type { RecordedEvent } from '../../protocol/events.js'
import { MASK_CHAR } from '../../protocol/redaction.js'
import { type Draft, record } from '../test-support/recordings.js'
import { datas, edit, ofText, printedBy, redact, shown, stateAfter } from '../test-support/redaction.js'

const SECRET = 'hunter2'
const MASK = MASK_CHAR.repeat(SECRET.length)
const redactSecret = (events: readonly RecordedEvent[], secret = SECRET) => redact(events, ofText(secret))

describe('[R15] a secret that was typed piece by piece', () => {
  const typed = (text: string, at = 0): Draft[] => [...text].map((char, i) => edit([[at + i, 0, char]]))
  const insertions = (events: readonly RecordedEvent[]) =>
    events.flatMap((event) =>
      event.type === 'code_edit'
        ? (event.data as { changes: [number, number, string][] }).changes.map(([, , text]) => text)
        : [],
    )

  test('key by key, with corrections in between', () => {
    const events = record([
      ...typed('k=hunx'),
      edit([[5, 1, '']]),
      ...typed('ter2;', 5),
      edit([[0, 0, '// ']]),
    ])
    const { masked } = redactSecret(events)
    expect(insertions(masked).join('')).toBe('k=███x████;// ')
    expect(stateAfter(masked).files[0]?.text).toBe(`// k=${MASK};`)
  })

  test('pasted in halves, the second before the first', () => {
    const events = record([edit([[0, 0, 'ter2']]), edit([[0, 0, 'hun']])])
    expect(insertions(redactSecret(events).masked)).toEqual(['████', '███'])
  })

  test('come together by deleting what stood between', () => {
    const events = record([edit([[0, 0, 'hun -- ter2']]), edit([[3, 4, '']])])
    expect(insertions(redactSecret(events).masked)).toEqual(['███ -- ████', ''])
  })

  test('in several changes of one event, and in pieces of one event', () => {
    const events = record([
      edit([[0, 0, 'nt2']]),
      edit([], {
        data: { changes: [[0, 0, 'hu']], part: { id: 'p', index: 0, count: 2 } },
      }),
      edit([], {
        data: { changes: [[2, 0, 'er']], part: { id: 'p', index: 1, count: 2 } },
      }),
    ])
    const { masked } = redactSecret(events)
    expect(insertions(masked)).toEqual(['███', '██', '██'])
    expect(stateAfter(masked).files[0]?.text).toBe(MASK)
  })

  test('a save of half of it holds no half, and replay finds no difference', () => {
    const events = record([
      ...typed('k=hunt'),
      { type: 'code_snapshot', fileId: 'a.ts', data: { fileName: 'a.ts', content: 'k=hunt' } },
      ...typed('er2', 6),
      { type: 'code_snapshot', fileId: 'a.ts', data: { fileName: 'a.ts', content: `k=${SECRET}` } },
      // The page is loaded again: another source is given the text of the first.
      { type: 'editor_open', fileId: 'a.ts', source: 2, data: { content: `k=${SECRET}` } },
    ])
    const { masked } = redactSecret(events)
    const given = masked.flatMap(({ data }) => (data as { content?: string }).content ?? [])
    expect(given).toEqual(['k=████', `k=${MASK}`, `k=${MASK}`])
    expect(stateAfter(masked).divergences).toEqual([])
  })

  test('half before the page was loaded again, half after', () => {
    const events = record([
      ...typed('hunt'),
      { type: 'editor_open', fileId: 'a.ts', source: 2, data: { content: 'hunt' } },
      edit([[4, 0, 'er2']], { source: 2 }),
    ])
    const { masked } = redactSecret(events)
    expect(insertions(masked).join('')).toBe(MASK)
    expect(stateAfter(masked).files.map((file) => file.text)).toEqual(['████', MASK])
  })

  test('[R2] in the order of time, not of arrival', () => {
    const events = record([
      edit([[3, 0, 'ter2']], { source: 1, atMs: 2000 }),
      {
        type: 'session_start',
        source: 2,
        atMs: 1000,
        data: { files: [{ filePath: 'a.ts', content: 'hun' }] },
      },
    ])
    expect(insertions(redactSecret(events).masked)).toEqual(['████'])
    expect(stateAfter(redactSecret(events).masked).files.map((file) => file.text)).toContain(MASK)
  })

  test('a surrogate pair that came in two halves', () => {
    const secret = 'pass😀word'
    const events = record([edit([[0, 0, 'pass\ud83d']]), edit([[5, 0, '\ude00word']])])
    const { masked } = redactSecret(events, secret)
    expect(insertions(masked)).toEqual(['█████', '█████'])
  })
})

describe('[R15] a secret on the terminal', () => {
  test('echoed key by key with sequences in between; sequences stay', () => {
    const keys = ['h', 'u\u001b[1m', '\u001b]0;title\u0007n', '\u001b[0mt', 'e', '\u001b', '[Kr', '2\r\n']
    const events = record([shown('$ '), ...keys.map((key) => shown(key))])
    const { masked } = redactSecret(events)
    const screen = '$ ██\u001b[1m\u001b]0;title\u0007█\u001b[0m██\u001b[K██\r\n'
    expect(printedBy(masked)).toBe(screen)
  })

  test('typed with a correction that the shell shows', () => {
    const events = record(['h', 'u', 'n', 'x', '\b\u001b[K', 't', 'e', 'r', '2'].map((key) => shown(key)))
    expect(printedBy(redactSecret(events).masked)).toBe('███x\b\u001b[K████')
  })

  test('printed again at each key by a shell that colours', () => {
    const steps = ['h', '\bhu', '\b\bhun', '\u001b[3Dhunt', '\u001b[4Dhunter', '\u001b[6D\u001b[32mhunter2']
    const { masked } = redactSecret(record(steps.map((step) => shown(step))))
    expect(printedBy(masked)).not.toMatch(/[hunter2]{2}|hu/)
    expect(printedBy(masked)).toHaveLength(steps.join('').length)
  })

  test('wrapped at the edge of the screen', () => {
    const events = record([shown('$ hunt'), shown(' \r'), shown('er2\r\n')])
    expect(printedBy(redactSecret(events).masked)).toBe('$ ████ \r███\r\n')
  })

  test("in a window's title", () => {
    const events = record([shown('\u001b]0;login hun'), shown('ter2\u0007$ ')])
    expect(printedBy(redactSecret(events).masked)).toBe('\u001b]0;login ███████\u0007$ ')
  })

  test('what steers the terminal is never taken for the secret', () => {
    const text = '\u001b[?2004h2004\u001b[2004G'
    expect(printedBy(redactSecret(record([shown(text)]), '2004').masked)).toBe(
      '\u001b[?2004h████\u001b[2004G',
    )
  })

  test('as it was typed, with corrections', () => {
    const keys = ['h', 'u', 'x', '\u007f', 'nter', '\u001b[D', '\u001b[C', '2', '\r']
    const events = record(keys.map((data) => ({ type: 'terminal_stream', data: { channel: 'i', data } })))
    const typed = datas(redactSecret(events).masked).map((data) => (data as { data: string }).data)
    expect(typed).toEqual(['█', '█', 'x', '\u007f', '████', '\u001b[D', '\u001b[C', '█', '\r'])
  })

  test('printed over several outputs of one command', () => {
    const events = record([
      { type: 'terminal_input', data: { command: `echo ${SECRET}` } },
      { type: 'terminal_output', data: { output: 'hunt', stdout: 'hunt' } },
      { type: 'terminal_output', data: { output: 'er2\n', stdout: 'er2\n', exitCode: 0 } },
    ])
    const [command] = stateAfter(redactSecret(events).masked).terminal.commands
    expect(command).toMatchObject({ command: `echo ${MASK}`, output: `${MASK}\n`, stdout: `${MASK}\n` })
  })
})
