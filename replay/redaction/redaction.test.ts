import { describe, expect, test } from 'vitest'
import type { RecordedEvent } from '../../protocol/events.js'
import { MASK_CHAR } from '../../protocol/redaction.js'
import { type Draft, record } from '../test-support/recordings.js'
import { datas, edit, ofRange, ofText, redact, stateAfter } from '../test-support/redaction.js'

const SECRET = 'hunter2'
const MASK = MASK_CHAR.repeat(SECRET.length)
const redactSecret = (events: readonly RecordedEvent[], secret = SECRET) => redact(events, ofText(secret))

describe('[R15] secrets that are alike in part', () => {
  const [FIRST, OTHER] = ['sk-live-3fA9', 'sk-live-Zq71']
  const save = (key: string): Draft => ({
    type: 'code_snapshot',
    fileId: 'a.ts',
    data: { fileName: 'a.ts', content: `key = '${key}'\n` },
  })

  test.each([
    ['the first one first', [FIRST, OTHER]],
    ['the later one first', [OTHER, FIRST]],
  ])('%s: both go, one after the other', (_order, secrets) => {
    const events = record([save(FIRST), save(OTHER), save(FIRST)])
    const masked = secrets.reduce((left, secret) => redactSecret(left, secret).masked, events)
    const content = `key = '${MASK_CHAR.repeat(FIRST.length)}'\n`
    expect(datas(masked)).toEqual(events.map(() => ({ fileName: 'a.ts', content })))
    for (const secret of secrets) expect(redactSecret(masked, secret).places).toEqual([])
  })

  test('lines of a key that are left among masked ones', () => {
    const key = ['BEGIN', 'aaaaaa', 'bbbbbb', 'END'].join('\n')
    const left = key.replace(/aaaaaa|END/g, (line) => MASK_CHAR.repeat(line.length))
    const events = record([{ type: 'ai_interaction', data: { role: 'user', content: `(${left})` } }])
    const { masked } = redactSecret(events, key)
    const content = `(${key.replace(/[^\n]/g, MASK_CHAR)})`
    expect(datas(masked)).toEqual([{ role: 'user', content }])
    expect(redactSecret(masked, key).masked).toEqual(masked)
  })

  test('what stands beside a mask is another text', () => {
    const content = `${MASK_CHAR.repeat(20)}ive-Zq7 sk-l${MASK_CHAR} 3fA9${MASK_CHAR.repeat(7)}`
    const events = record([{ type: 'ai_interaction', data: { role: 'user', content } }])
    expect(redactSecret(events, FIRST).masked).toEqual(events)
  })
})

describe('[R15] a secret in one text', () => {
  test.each<[string, Draft, unknown]>([
    [
      'a chat turn',
      { type: 'ai_interaction', data: { role: 'user', content: `use ${SECRET}!` } },
      { role: 'user', content: `use ${MASK}!` },
    ],
    [
      'a key, and deep in a custom event',
      { type: 'custom:x', data: [{ [SECRET]: { deep: [`${SECRET}${SECRET}`, 7, null] } }] },
      [{ [MASK]: { deep: [`${MASK}${MASK}`, 7, null] } }],
    ],
    [
      'a key that every object has',
      { type: 'custom:x', data: JSON.parse(`{"__proto__":"${SECRET}"}`) },
      JSON.parse(`{"__proto__":"${MASK}"}`),
    ],
    [
      'a test result',
      { type: 'test_result', data: { testName: SECRET, passed: true, output: `a\n${SECRET}\nb` } },
      { testName: MASK, passed: true, output: `a\n${MASK}\nb` },
    ],
    [
      'colours in between',
      {
        type: 'test_result',
        data: { testName: 't', passed: false, error: '\u001b[31mhun\u001b[0mter2' },
      },
      {
        testName: 't',
        passed: false,
        error: `\u001b[31m${MASK.slice(0, 3)}\u001b[0m${MASK.slice(0, 4)}`,
      },
    ],
    [
      'the code that was handed in',
      { type: 'session_submit', data: { finalCode: { 'a.ts': `k=${SECRET}` }, scores: { style: 3 } } },
      { finalCode: { 'a.ts': `k=${MASK}` }, scores: { style: 3 } },
    ],
  ])('%s', (_what, draft, expected) => {
    expect(datas(redactSecret(record([draft])).masked)).toEqual([expected])
  })

  test('a path is masked wherever it is named, so that its file stays one file', () => {
    const events = record([
      { type: 'file_created', data: { filePath: `src/${SECRET}.ts`, content: 'x' } },
      edit([[0, 0, 'y']], { fileId: `src/${SECRET}.ts` }),
    ])
    const { masked } = redactSecret(events)
    expect(stateAfter(masked).files.map((file) => [file.path, file.text])).toEqual([[`src/${MASK}.ts`, 'yx']])
  })

  test('as it stands inside a JSON string, in a URL, and with other line ends', () => {
    const secret = 'pa"ss\nwörd'
    const forms = [JSON.stringify({ secret }), encodeURIComponent(secret), secret.replace('\n', '\r\n')]
    const { masked } = redactSecret(record([{ type: 'custom:x', data: forms }]), secret)
    const [json, url, lines] = masked[0]!.data as [string, string, string]
    expect(JSON.parse(json)).toEqual({ secret: MASK_CHAR.repeat(JSON.stringify(secret).length - 2) })
    expect(url).toBe(MASK_CHAR.repeat(encodeURIComponent(secret).length))
    expect(lines).toBe(`${MASK_CHAR.repeat(5)}\r\n${MASK_CHAR.repeat(4)}`)
  })

  test('words of the vocabulary stay, whatever the secret is', () => {
    const events = record([
      { type: 'ai_interaction', data: { role: 'user', content: 'a user content' } },
      edit([[0, 0, 'user']], { data: { changes: [[0, 0, 'user']], origin: 'typed' } }),
    ])
    expect(datas(redactSecret(events, 'user').masked)).toEqual([
      { role: 'user', content: 'a ████ content' },
      { changes: [[0, 0, '████']], origin: 'typed' },
    ])
    expect(datas(redactSecret(events, 'content').masked)[0]).toEqual({
      role: 'user',
      content: 'a user ███████',
    })
  })

  test('numbers are no text', () => {
    const events = record([{ type: 'custom:x', data: { pin: 123456 } }])
    expect(datas(redactSecret(events, '123456').masked)).toEqual([{ pin: 123456 }])
  })

  test('[R7] a text in pieces, also over their borders', () => {
    const piece = (content: string, index: number): Draft => ({
      type: 'ai_interaction',
      data: { role: 'user', content, part: { id: 'p', index, count: 3 } },
    })
    const events = record([piece('say hun', 0), piece('ter', 1), piece('2, please', 2)])
    const { masked, places } = redactSecret(events)
    expect(stateAfter(masked).chat[0]?.content).toBe(`say ${MASK}, please`)
    expect(places).toEqual([
      { seq: 1, field: '/data/content', offset: 4, length: 3 },
      { seq: 2, field: '/data/content', offset: 0, length: 3 },
      { seq: 3, field: '/data/content', offset: 0, length: 1 },
    ])
  })

  test('where it stood is told without saying it, in names too', () => {
    const { places } = redactSecret(record([{ type: 'custom:x', data: { [`a/${SECRET}`]: SECRET } }]))
    expect(places.map((place) => place.field)).toEqual([`/data/a~1${MASK}~`, `/data/a~1${MASK}`])
  })

  test('the hash of a pasted secret, and of a text of the length of one that was masked', () => {
    const hash = 'ab'.repeat(32)
    const other = 'cd'.repeat(32)
    const events = record([
      { type: 'paste', data: { lengthChars: 7, sha256: hash } },
      { type: 'paste', data: { lengthChars: 10, sha256: other } },
      edit([[0, 0, `k=${SECRET};`]]),
      { type: 'copy', data: { lengthChars: 11, sha256: other } },
      { type: 'custom:clipboard_hash', data: { sourceSeq: 1, lengthChars: 7, sha256: hash } },
      { type: 'custom:clipboard_hash', data: { sourceSeq: 2, lengthChars: 10, sha256: other } },
      { type: 'custom:clipboard_hash', data: { sourceSeq: 4, lengthChars: 11, sha256: other } },
    ])
    const zeros = '0'.repeat(64)
    const alone = redact(events.slice(0, 1), ofText(SECRET, [hash])).masked
    expect(datas(alone)).toEqual([{ lengthChars: 7, sha256: zeros }])
    const { masked } = redact(events, ofText(SECRET, [hash]))
    expect(masked.map((event) => (event.data as { sha256?: string }).sha256)).toEqual([
      zeros,
      zeros,
      undefined,
      other,
      zeros,
      zeros,
      other,
    ])
  })
})

describe('[R15] a range of events', () => {
  test('masks every text in it; structure, paths and measures stay', () => {
    const drafts: Draft[] = [
      { type: 'terminal_input', data: { command: 'cat .env', workingDirectory: '/home' } },
      { type: 'terminal_output', data: { output: '\u001b[1mKEY=1\u001b[0m\r\n', exitCode: 0 } },
      { type: 'ai_interaction', data: { role: 'user', content: 'why', inputTokens: 3 } },
      { type: 'test_result', data: { testName: 'adds', passed: false, error: 'no', duration: 4.5 } },
      { type: 'custom:pin', data: { pin: 1234, list: ['x', true, null] } },
      { type: 'paste', data: { lengthChars: 7, sha256: 'ab'.repeat(32) } },
      { type: 'file_created', data: { filePath: 'a.ts', content: 'text' } },
      edit([[4, 0, 'more']], { data: { changes: [[4, 0, 'more']], selection: { anchor: 4, head: 4 } } }),
    ]
    expect(datas(redact(record(drafts), ofRange(1, 8)).masked)).toEqual([
      { command: '████████', workingDirectory: '█████' },
      { output: '\u001b[1m█████\u001b[0m\r\n', exitCode: 0 },
      { role: 'user', content: '███', inputTokens: 3 },
      { testName: '████', passed: false, error: '██', duration: 4.5 },
      { '███': 0, '████': ['█', true, null] },
      { lengthChars: 7, sha256: '0'.repeat(64) },
      { filePath: 'a.ts', content: '████' },
      { changes: [[4, 0, '████']], selection: { anchor: 4, head: 4 } },
    ])
  })

  test('what it brought is masked where it is given again; what was there before stays', () => {
    const events = record([
      edit([[0, 0, 'old;']]),
      edit([[4, 0, 'new']]),
      { type: 'code_snapshot', fileId: 'a.ts', data: { fileName: 'a.ts', content: 'old;new' } },
      { type: 'session_submit', data: { finalCode: { 'a.ts': 'old;new' } } },
    ])
    const { masked, places } = redact(events, ofRange(2, 2))
    expect(datas(masked).slice(1)).toEqual([
      { changes: [[4, 0, '███']] },
      { fileName: 'a.ts', content: 'old;███' },
      { finalCode: { 'a.ts': 'old;███' } },
    ])
    expect(places.map((place) => place.seq)).toEqual([2, 3, 4])
    expect(stateAfter(masked).divergences).toEqual([])
  })

  test('[R7] takes all pieces of a text that it touches', () => {
    const piece = (content: string, index: number): Draft => ({
      type: 'ai_interaction',
      data: { role: 'user', content, part: { id: 'p', index, count: 2 } },
    })
    const { masked } = redact(record([piece('one', 0), piece('two', 1)]), ofRange(2, 2))
    expect(stateAfter(masked).chat[0]?.content).toBe('██████')
  })

  test('[R7] also those of a terminal, of which sequences stay', () => {
    const piece = (data: string, index: number): Draft => ({
      type: 'terminal_stream',
      data: { channel: 'o', data, part: { id: 'p', index, count: 2 } },
    })
    const { masked } = redact(record([piece('one\u001b[', 0), piece('1mtwo\r\n', 1)]), ofRange(2, 2))
    expect(datas(masked).map((data) => (data as { data: string }).data)).toEqual(['███\u001b[', '1m███\r\n'])
  })

  test('once more changes nothing', () => {
    const events = record([edit([[0, 0, 'x']]), { type: 'custom:x', data: ['y', 2] }])
    const { masked } = redact(events, ofRange(1, 2))
    const again = redact(masked, ofRange(1, 2))
    expect(again.masked).toEqual(masked)
    expect(again.places).toEqual([])
  })
})
