import fc from 'fast-check'
import type { RecordedEvent } from '../../protocol/events.js'

/** What a source does next; the numbers choose where and how much. */
interface Step {
  what: number
  source: number
  a: number
  b: number
  elapsedMs: number
}

const PATHS = ['a.ts', 'b.ts', 'src/c.ts']
const COMMANDS = [
  'ls -la',
  'npm test',
  'cd app && npm test',
  'git status | grep "a; b"',
  'FOO=1 sudo time python3 main.py',
  'python -m pytest -q && git commit -m "x"',
  'pip install requests',
  'npm run build; ./a.out',
  'echo "rm -rf / && git push"',
  'cat a\ngo test ./...',
  'npx jest',
]
const ANSWER = 'function answer(x) {\n  return x * 42\n}\n'

/**
 * Sessions of up to three sources that work on the same files: edits of every origin, cuts and pastes, undo, saves
 * that agree with the edits and saves that don't, long texts in pieces, and all else that counts. Time never falls
 * within a source; between sources it overlaps freely.
 */
export const anySession = (maxLength = 120): fc.Arbitrary<RecordedEvent[]> =>
  fc
    .array(
      fc.record({
        what: fc.nat({ max: 99 }),
        source: fc.integer({ min: 1, max: 3 }),
        a: fc.nat({ max: 1000 }),
        b: fc.nat({ max: 1000 }),
        elapsedMs: fc.oneof(
          { weight: 6, arbitrary: fc.nat({ max: 900 }) },
          { weight: 3, arbitrary: fc.nat({ max: 40_000 }) },
          { weight: 1, arbitrary: fc.nat({ max: 400_000 }) },
        ),
      }),
      { maxLength, size: 'max' },
    )
    .map(sessionOf)

type Draft = Pick<RecordedEvent, 'type' | 'data'> & { fileId?: string }

function sessionOf(steps: readonly Step[]): RecordedEvent[] {
  const events: RecordedEvent[] = []
  const clocks = new Map<number, number>()
  const sourceSeqs = new Map<number, number>()
  const texts = new Map<string, string>()
  const cut = new Map<number, string>()
  let words = 0

  function put(source: number, { type, data, fileId }: Draft): void {
    const seq = events.length + 1
    const sourceSeq = (sourceSeqs.get(source) ?? 0) + 1
    sourceSeqs.set(source, sourceSeq)
    const checkpoint = /snapshot|test|ai_|file_|session/.test(type)
    const timestamp = clocks.get(source) ?? 0
    const flags: RecordedEvent['flags'] = seq % 17 === 0 ? ['late'] : seq % 23 === 0 ? ['clock_far'] : []
    const event = { seq, type, timestamp, data, fileId: fileId ?? null, checkpoint, source, sourceSeq }
    events.push(flags.length > 0 ? { ...event, flags } : event)
  }

  for (const { what, source, a, b, elapsedMs } of steps) {
    clocks.set(source, (clocks.get(source) ?? 1_700_000_000_000 + source * 700) + elapsedMs)
    const path = PATHS[a % PATHS.length] as string
    const key = `${source} ${path}`
    const text = texts.get(key) ?? ''
    const at = text.length === 0 ? 0 : b % (text.length + 1)
    const deleted = Math.min(a % 9, text.length - at)
    const word = `w${++words}${'\n'.repeat(a % 2)}`
    const edit = (inserted: string, removed: number, origin: string | undefined): void => {
      texts.set(key, text.slice(0, at) + inserted + text.slice(at + removed))
      put(source, {
        type: 'code_edit',
        fileId: path,
        data: { changes: [[at, removed, inserted]], ...(origin && { origin }) },
      })
    }
    if (what < 22) edit(word, 0, 'typed')
    else if (what < 26) edit(word, deleted, ['complete', 'ai', 'program', undefined][b % 4])
    else if (what < 32) {
      cut.set(source, text.slice(at, at + deleted))
      edit('', deleted, 'typed')
    } else if (what < 38) edit(cut.get(source) ?? '', 0, b % 2 === 0 ? 'undo' : 'redo')
    else if (what < 46) {
      if (b % 3 === 0) put(source, { type: 'paste', data: { lengthChars: word.length } })
      const pasted = [cut.get(source) ?? word, ANSWER.slice(a % 9), word, text.slice(0, 7)][b % 4] as string
      edit(pasted, deleted, b % 7 === 0 ? 'drop' : 'paste')
      if (b % 3 === 1) put(source, { type: 'paste', data: { lengthChars: word.length } })
    } else if (what < 52) {
      const content = [text, text, `${text}${word}`, `${word}${text}`][b % 4] as string
      texts.set(key, content)
      const fileName = path.split('/').at(-1)
      if (b % 5 === 0) {
        const part = (index: number) => ({ part: { id: `p${words}`, index, count: 2 } })
        put(source, {
          type: 'code_snapshot',
          fileId: path,
          data: { fileName, content: content.slice(0, 3), ...part(0) },
        })
        // Now and then the rest never comes.
        if (b % 2 === 0)
          put(source, {
            type: 'code_snapshot',
            fileId: path,
            data: { fileName, content: content.slice(3), ...part(1) },
          })
      } else {
        const told = b % 11 === 0 && { previousContent: `${word}\n` }
        put(source, { type: 'code_snapshot', fileId: path, data: { fileName, content, ...told } })
      }
    } else if (what < 54) {
      texts.set(key, word)
      put(source, { type: 'file_created', data: { filePath: path, content: word } })
    } else if (what < 55) put(source, { type: 'file_deleted', data: { filePath: path } })
    else if (what < 56) put(source, { type: 'file_renamed', data: { filePath: path, toPath: `${path}.old` } })
    else if (what < 58) {
      texts.set(key, b % 2 === 0 ? text : word)
      put(source, { type: 'editor_open', fileId: path, data: b % 3 === 0 ? {} : { content: texts.get(key) } })
    } else if (what < 60) {
      const files = PATHS.slice(0, 1 + (a % 3)).map((filePath) => ({
        filePath,
        content: `start of ${filePath}\n`,
      }))
      for (const { filePath, content } of files) texts.set(`${source} ${filePath}`, content)
      put(source, { type: 'session_start', data: { questionTitle: 'q', files } })
    } else if (what < 66)
      put(source, { type: 'terminal_input', data: { command: COMMANDS[b % COMMANDS.length] } })
    else if (what < 68) put(source, { type: 'test_run_start', data: { testCount: a % 5 } })
    else if (what < 74)
      put(source, {
        type: 'test_result',
        data: { testName: `t${a % 5}`, passed: b % 3 === 0, ...(a % 2 === 0 && { duration: b / 4 }) },
      })
    else if (what < 80) {
      const role = ['user', 'assistant', 'system'][b % 3]
      const tokens = { inputTokens: a, outputTokens: b, latency: a * 3, promptQuality: 1 + (a % 5) }
      put(source, {
        type: 'ai_interaction',
        data: { role, content: role === 'assistant' ? `Try:\n${ANSWER}` : word, ...(a % 3 > 0 && tokens) },
      })
    } else if (what < 82) put(source, { type: 'tab_hidden', data: {} })
    else if (what < 84) put(source, { type: 'tab_visible', data: {} })
    else if (what < 86) put(source, { type: 'window_blur', data: {} })
    else if (what < 88) put(source, { type: 'window_focus', data: {} })
    else if (what < 89 && a % 2 === 0) put(source, { type: 'copy', data: {} })
    else if (what < 89)
      put(source, {
        type: ['copy', 'fullscreen_exit', 'connection_lost', 'second_tab'][b % 4] as string,
        data: {},
      })
    else if (what < 90 && a % 2 === 0)
      put(source, {
        type: ['proctor_note', 'proctor_flag', 'proctor_message', 'time_extended'][b % 4] as string,
        data: { text: word },
      })
    else if (what < 90) put(source, { type: 'gap', data: { source: 1, fromSeq: a, toSeq: a + (b % 5) } })
    else if (what < 91)
      put(source, {
        type: ['rejected', 'quarantined'][b % 2] as string,
        data: { code: 'X', claimedType: 'y', sizeBytes: 1 },
      })
    else if (what < 93) put(source, { type: 'proctor_note', data: { text: 'n' } })
    else if (what < 95) put(source, { type: 'file_write', data: { filePath: path } })
    else if (what < 97) put(source, { type: 'cursor', fileId: path, data: { anchor: 0, head: 0 } })
    else if (what < 98)
      put(source, { type: `custom:recording_${a % 2 === 0 ? 'paused' : 'resumed'}`, data: {} })
    else put(source, { type: 'custom:x', data: { a } })
  }
  return events
}
