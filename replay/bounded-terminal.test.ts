import xterm from '@xterm/headless'
import { expect, test } from 'vitest'
import { boundRepeats, writeInPieces } from './bounded-terminal.js'

function aTerminal() {
  const terminal = new xterm.Terminal({ cols: 80, rows: 24, allowProposedApi: true, scrollback: 100 })
  boundRepeats(terminal)
  const write = (data: string) => new Promise<void>((resolve) => writeInPieces(terminal, data, resolve))
  const lines = () =>
    Array.from({ length: 24 }, (_, y) =>
      terminal.buffer.active.getLine(terminal.buffer.active.baseY + y)?.translateToString(true),
    )
  return { write, lines }
}

// Without the bound each of these takes minutes: the test would not end.
test.each(['L', 'M', 'S', 'T', 'I', 'Z', 'b'])(
  '[I7] a sequence that asks for two milliards of %s is dropped',
  async (final) => {
    const { write, lines } = aTerminal()
    await write(`before\r\nx\x1b[2147483647${final}\x1b[2147483647${final}y\r\nafter`)
    expect(lines().slice(0, 3)).toEqual(['before', 'xy', 'after'])
  },
)

test('many of what is allowed once are not allowed for ever', async () => {
  const { write, lines } = aTerminal()
  await write(`a\r\n${'\x1b[19000S'.repeat(2000)}b`)
  expect(lines()[0]).toBe('')
})

test('what programs do is done: a screen moved line by line, a line printed by repeating', async () => {
  const { write, lines } = aTerminal()
  await write(`${Array.from({ length: 24 }, (_, i) => `line ${i}`).join('\r\n')}\x1b[H`)
  // Each for itself is below what is usual, so it may go on for as long as an interview does.
  await write('\x1b[12L\x1b[12M'.repeat(1000))
  expect(lines()[0]).toBe('line 0')
  await write('\x1b[2J\x1b[Hab\x1b[77b\r\n\x1b[S')
  expect(lines()[0]).toBe('')
  await write('\x1b[Ha\x1b[79b')
  expect(lines()[0]).toBe('a'.repeat(80))
  await write('\x1b[H\x1b[3Lx')
  expect([lines()[0], lines()[3]]).toEqual(['x', 'a'.repeat(80)])
})

test('a long text is on the screen when it says so, characters of two units whole', async () => {
  const { write, lines } = aTerminal()
  await write(`${'-'.repeat(8191)}😀end`)
  const text = lines().join('')
  expect(text.endsWith('😀end')).toBe(true)
})
