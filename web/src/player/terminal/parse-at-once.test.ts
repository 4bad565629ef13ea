import xterm from '@xterm/headless'
import { afterEach, expect, test, vi } from 'vitest'
import { writeInPieces } from '../../../../replay/index.js'
import { parseAtOnce } from './parse-at-once.js'

// It goes on in a later task when it took long: here no time passes.
vi.spyOn(performance, 'now').mockReturnValue(0)
const terminal = new xterm.Terminal({ cols: 80, rows: 24, allowProposedApi: true, scrollOnUserInput: false })
afterEach(() => terminal.reset())

test('what is written is on the screen before anything else happens', () => {
  const ended: string[] = []
  // Of more than one piece.
  const text = 'line\r\n'.repeat(2000)
  parseAtOnce(terminal, () =>
    writeInPieces(terminal, text, () => {
      ended.push('first')
      writeInPieces(terminal, 'last', () => ended.push('second'))
    }),
  )
  expect(ended).toEqual(['first', 'second'])
  const { baseY, cursorY } = terminal.buffer.active
  expect(terminal.buffer.active.getLine(baseY + cursorY)?.translateToString(true)).toBe('last')
})

test('nothing is typed, and who scrolled back stays there', () => {
  const typed: string[] = []
  terminal.onData((data) => typed.push(data))
  parseAtOnce(terminal, () => terminal.write('line\r\n'.repeat(100)))
  terminal.scrollToLine(3)
  parseAtOnce(terminal, () => terminal.write('more'))
  expect(terminal.buffer.active.viewportY).toBe(3)
  expect(typed.join('')).toBe('')
})
