import type { RecordedSession } from './recorded-session.js'

/** What a string of the recording tries to run: whoever runs it is found out. */
const RUN = 'window.ran=(window.ran||0)+1'
/** Markup, and what steers text without being seen: an override, a zero-width space, a zero byte. */
export const HOSTILE = `<img src=x onerror="${RUN}"><script>${RUN}</script>\u202ertl\u200b\u0000`
const ESC = '\u001b'
const BEL = '\u0007'

/** Sequences that reach out of a terminal: title, clipboard, links, size, mouse, colours, device control; and that never end. */
const REACHING = [
  `${ESC}]0;OWNED${BEL}`,
  `${ESC}]52;c;${Buffer.from('stolen').toString('base64')}${BEL}`,
  `${ESC}]8;;javascript:${RUN}${BEL}LINK${ESC}]8;;${BEL}`,
  `${ESC}[8;3;3t${ESC}[?1000h${ESC}[?25;1003h`,
  // Each asks for two milliards of steps.
  `${ESC}[2147483647S${ESC}[2147483647L${ESC}[2147483647b`,
  `${ESC}]10;#000${BEL}${ESC}]11;#000${BEL}`,
  `${ESC}P$q"p${ESC}\\${ESC}[c${ESC}[6n`,
  'https://elsewhere.example/ ',
].join('')

const PIECE_CHARS = 500_000

/**
 * A recording that tries everything that a string can try, in every place that takes one, and in sizes that nobody lays
 * out: a line of `lineChars` in one file, `outputChars` of output in the terminal.
 */
export async function recordHostile(
  session: RecordedSession,
  { lineChars, outputChars }: { lineChars: number; outputChars: number },
): Promise<void> {
  let atMs = Date.now() - 600_000
  const event = (type: string, data: object, fileId?: string) => {
    atMs += 500
    return { type, timestamp: atMs, data, ...(fileId !== undefined && { fileId }) }
  }
  // The service takes no zero byte in the name of a file.
  const hostileName = HOSTILE.replace('\u0000', '')
  const name = `src/${hostileName}.ts`
  await session.send('tab', [
    event('session_start', {
      questionTitle: HOSTILE,
      language: HOSTILE,
      files: [
        { filePath: name, content: `${HOSTILE}\n` },
        { filePath: `../${'long'.repeat(1000)}`, content: HOSTILE },
        { filePath: 'a.constructor', content: '__proto__' },
        { filePath: `${'deep/'.repeat(200)}end.js`, content: '' },
      ],
    }),
  ])
  // Each piece of a long text is an event of its own.
  const pieces = Math.ceil(lineChars / PIECE_CHARS)
  for (let index = 0; index < pieces; index++) {
    const content = 'x'.repeat(Math.min(PIECE_CHARS, lineChars - index * PIECE_CHARS))
    const part = { id: 'line', index, count: pieces }
    await session.send('tab', [event('code_snapshot', { fileName: 'line.js', content, part }, 'line.js')])
  }
  for (let sent = 0; sent < outputChars; sent += PIECE_CHARS)
    await session.send('tab', [event('terminal_stream', { channel: 'o', data: 'z'.repeat(PIECE_CHARS) })])
  const content = `${HOSTILE} **${HOSTILE}** \`${HOSTILE}\` [x](javascript:${RUN}) ![](https://elsewhere.example/x.png)`
  await session.send(
    'tab',
    [
      event('terminal_stream', { channel: 'r', data: '99999x99999' }),
      event('terminal_stream', { channel: 'r', data: '80x24' }),
      event('terminal_stream', { channel: 'o', data: `\r\n${REACHING}${HOSTILE}\r\n` }),
      event('terminal_input', { command: `${HOSTILE}${REACHING}`, workingDirectory: HOSTILE }),
      event('terminal_output', { stdout: `${HOSTILE}${REACHING}`, stderr: HOSTILE, exitCode: 1 }),
      event(
        'code_edit',
        { changes: [[0, 0, `// ${HOSTILE}\n`]], selection: { anchor: -1, head: 1e9 } },
        name,
      ),
      event('ai_interaction', { role: 'user', content, model: HOSTILE }),
      event('ai_interaction', { role: 'assistant', content: `\`\`\`html\n${HOSTILE}`, model: HOSTILE }),
      event('test_run_start', { testCount: 2, fileName: HOSTILE, language: HOSTILE }),
      event('test_result', { testName: HOSTILE, passed: false, error: HOSTILE, output: HOSTILE }),
      event('test_result', { testName: 'y'.repeat(100_000), passed: true }),
      event('paste', { lengthChars: 999, source: HOSTILE }, hostileName),
      event('custom:recording_paused', { reason: HOSTILE }),
      event('custom:recording_resumed', {}),
      event('custom:anything', { html: HOSTILE }),
    ],
    'committed',
  )
}
