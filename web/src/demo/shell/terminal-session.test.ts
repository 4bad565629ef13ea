import { Terminal } from '@xterm/headless'
import { expect, test } from 'vitest'
import { Shell } from './shell.js'
import { TerminalSession } from './terminal-session.js'

/** The shell at a real terminal's parser: what a person would see. */
function openTerminal({ columns = 30, rows = 12 } = {}) {
  const terminal = new Terminal({ cols: columns, rows, allowProposedApi: true })
  const texts = new Map([
    ['solution.js', 'x\n'],
    ['solution.test.js', 'y\n'],
  ])
  const told: unknown[] = []
  const history: string[] = []
  let release = () => {}
  const shell = new Shell({
    files: {
      paths: () => [...texts.keys()],
      read: (path) => texts.get(path) ?? null,
      write: (path, text) => void texts.set(path, text),
      remove: (path) => void texts.delete(path),
      rename: () => {},
    },
    commands: {
      wait: ({ signal }) =>
        new Promise((resolve) => {
          release = () => resolve(0)
          signal.addEventListener('abort', () => resolve(1))
        }),
    },
  })
  const session = new TerminalSession({
    shell,
    screen: { write: (text) => terminal.write(text), columns: () => terminal.cols },
    paths: () => [...texts.keys()],
    history,
    onCommand: (line) => told.push(line),
    onDone: (result) => told.push(result),
  })
  session.start('')
  const settled = async () => {
    await new Promise((resolve) => setTimeout(resolve, 0))
    await new Promise<void>((resolve) => terminal.write('', resolve))
  }
  return {
    session,
    told,
    history,
    release: () => release(),
    type: async (data: string) => {
      session.type(data)
      await settled()
    },
    settled,
    screen: () => {
      const { active } = terminal.buffer
      const lines = Array.from(
        { length: active.length },
        (_, i) => active.getLine(i)?.translateToString(true) ?? '',
      )
      return lines.join('\n').trimEnd()
    },
    cursor: () => [terminal.buffer.active.cursorX, terminal.buffer.active.cursorY],
  }
}

const PROMPT = '~/interview $'

test('a command, its output, the next prompt; told once each', async () => {
  const { type, screen, told } = openTerminal()
  await type('echo hi\r')
  expect(screen()).toBe(`${PROMPT} echo hi\nhi\n${PROMPT}`)
  expect(told).toEqual(['echo hi', { stdout: 'hi\n', stderr: '', exitCode: 0 }])
  await type('nope\r')
  expect(told.at(-1)).toEqual({ stdout: '', stderr: 'sh: nope: command not found\n', exitCode: 127 })
  // An empty line is no command.
  await type('\r  \r')
  expect(told).toHaveLength(4)
})

test('keys that edit the line', async () => {
  const { type, screen, told } = openTerminal()
  await type('ecoh hi')
  await type('\u001b[D'.repeat(3))
  await type('\u007f\u007f\u007f')
  await type('\u001b[H')
  expect(screen()).toBe(`${PROMPT} e hi`)
  await type('\u0005')
  await type('\u0017\u0015')
  await type('echo "e😀"\u001b[D\u007f')
  await type('é')
  await type('\r')
  expect(told[0]).toBe('echo "eé"')
  await type('echo one two\u001bb\u000b\r')
  expect(told[2]).toBe('echo one ')
})

test('a line longer than the screen wraps, is edited and run', async () => {
  const { type, screen, told, cursor } = openTerminal({ columns: 24 })
  const words = 'echo 1234567890 1234567890'
  await type(words)
  expect(screen().replaceAll('\n', '')).toBe(`${PROMPT} ${words}`)
  await type('\u0001')
  expect(cursor()).toEqual([14, 0])
  await type('\u001b[1;5C')
  await type('\u001b[3~')
  await type('X')
  expect(screen().replaceAll('\n', '')).toBe(`${PROMPT} echoX1234567890 1234567890`)
  await type('\u007f \u0005')
  await type('\r')
  expect(told[0]).toBe(words)
  // Exactly as wide as the screen, and back.
  await type('1234567890')
  await type('\u007f')
  await type('\u0015echo ok\r')
  expect(screen().endsWith(`${PROMPT} echo ok\nok\n${PROMPT}`)).toBe(true)
})

test('history by arrows, with the unsent line at its end', async () => {
  const { type, told, history } = openTerminal()
  await type('echo 1\r')
  await type('echo 2\r')
  await type('echo 2\r')
  expect(history).toEqual(['echo 1', 'echo 2'])
  await type('half')
  await type('\u001b[A\u001b[A\u001b[A')
  await type('0\r')
  expect(told.at(-2)).toBe('echo 10')
  await type('half\u001b[A\u001b[B')
  await type('\u0015history\r')
  expect(told.at(-1)).toMatchObject({ stdout: expect.stringContaining('3  echo 10\n') })
})

test('Tab completes commands and files, and shows the choices', async () => {
  const { type, screen } = openTerminal({ columns: 60 })
  await type('ca\t')
  await type('so\t')
  expect(screen()).toBe(`${PROMPT} cat solution.`)
  await type('\t')
  expect(screen()).toBe(`${PROMPT} cat solution.\nsolution.js  solution.test.js\n${PROMPT} cat solution.`)
  await type('t\t')
  expect(screen().endsWith('cat solution.test.js')).toBe(true)
})

test('Ctrl-C drops a line, and stops what runs; what is typed meanwhile waits', async () => {
  const { type, screen, told, release, settled } = openTerminal()
  await type('echo no\u0003')
  expect(told).toEqual([])
  await type('wait\r')
  await type('echo next\r')
  expect(screen()).toBe(`${PROMPT} echo no^C\n${PROMPT} wait`)
  await type('\u0003')
  await settled()
  expect(told[1]).toMatchObject({ exitCode: 130 })
  expect(screen().endsWith(`^C\n${PROMPT} echo next\nnext\n${PROMPT}`)).toBe(true)
  await type('wait\r')
  release()
  await settled()
  expect(told.at(-1)).toMatchObject({ exitCode: 0 })
})

test('several pasted lines run one after the other', async () => {
  const { type, told, settled } = openTerminal()
  await type('echo 1\r\necho 2\recho 3\r')
  await settled()
  await settled()
  expect(told.filter((one) => typeof one === 'string')).toEqual(['echo 1', 'echo 2', 'echo 3'])
})

test('Ctrl-L and clear empty the screen and keep the line', async () => {
  const { type, screen } = openTerminal()
  await type('echo 1\r')
  await type('abc\u000c')
  expect(screen()).toBe(`${PROMPT} abc`)
  await type('\u0015clear\r')
  expect(screen()).toBe(PROMPT)
})

test('what is told of a flood of output is bounded, what is shown is not', async () => {
  const { session, settled, told } = openTerminal()
  session.runLine(`echo ${'x'.repeat(100_000)}`)
  await settled()
  const { stdout } = told.at(-1) as { stdout: string }
  expect(stdout.length).toBeLessThan(70_000)
  expect(stdout).toContain('[cut')
})
