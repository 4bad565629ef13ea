/**
 * Events as of a long interview: mostly typing in a few files, with a shell, saves, tests, a chat and signals.
 * The same for the same numbers.
 * @param {number} count
 * @param {number} startMs
 */
export function mixedEvents(count, startMs) {
  const files = ['src/main.ts', 'src/store.ts', 'src/store.test.ts']
  const texts = files.map(() => 'export {}\n')
  let state = 1
  const random = (/** @type {number} */ below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  /** @type {{ type: string, timestamp: number, data: object, fileId?: string }[]} */
  const events = []
  for (let n = 0; n < count; n++) {
    const timestamp = startMs + n * 70
    const add = (
      /** @type {string} */ type,
      /** @type {object} */ data,
      /** @type {string | undefined} */ fileId,
    ) => events.push({ type, timestamp, data, ...(fileId === undefined ? {} : { fileId }) })
    const at = random(files.length)
    const file = files[at]
    const text = texts[at] ?? ''
    const kind = random(1000)
    if (n === 0) add('session_start', { questionId: 'bench', language: 'typescript', timeLimit: 7200 })
    else if (kind < 600) {
      const offset = random(text.length + 1)
      const deleted = text.length > 20_000 ? Math.min(200, text.length - offset) : 0
      const inserted = random(20) === 0 ? 'const value = await store.get(key)\n' : 'abcdefgh '[random(9)]
      texts[at] = text.slice(0, offset) + inserted + text.slice(offset + deleted)
      add('code_edit', { changes: [[offset, deleted, inserted]], origin: 'typed' }, file)
    } else if (kind < 700)
      add('cursor', { anchor: random(text.length + 1), head: random(text.length + 1) }, file)
    else if (kind < 750) add('keystroke', {})
    else if (kind < 880)
      add('terminal_stream', {
        channel: 'o',
        data: `\u001b[32mok\u001b[0m ${'.'.repeat(random(200))} ${n}\r\n`,
      })
    else if (kind < 900) add('terminal_input', { command: `npm test -- --grep ${random(50)}` })
    else if (kind < 920)
      add('terminal_output', { output: 'passed\n'.repeat(random(40)), exitCode: random(2) })
    else if (kind < 925) add('code_snapshot', { fileName: file, content: text }, file)
    else if (kind < 930) add('test_run_start', { testCount: 5 })
    else if (kind < 950)
      add('test_result', { testName: `case ${random(9)}`, passed: random(3) > 0, duration: random(90) })
    else if (kind < 960)
      add('ai_interaction', {
        role: n % 2 ? 'user' : 'assistant',
        content: 'why '.repeat(random(400)),
        inputTokens: random(900),
      })
    else if (kind < 970) add('paste', { lengthChars: random(300) }, file)
    else if (kind < 985) add('window_blur', {})
    else add('window_focus', {})
  }
  return events
}
