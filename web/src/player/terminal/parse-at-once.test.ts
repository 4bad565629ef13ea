import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import xterm from '@xterm/headless'
import { afterEach, expect, test } from 'vitest'
import { parseAtOnce } from './parse-at-once.js'

const terminal = new xterm.Terminal({ cols: 80, rows: 24, allowProposedApi: true, scrollOnUserInput: false })
afterEach(() => terminal.reset())

test('what is written is on the screen before anything else happens, one text after another', () => {
  const ended: string[] = []
  parseAtOnce(terminal, 'line\r\n'.repeat(2000), () => ended.push('first'))
  parseAtOnce(terminal, 'last', () => ended.push('second'))
  expect(ended).toEqual(['first', 'second'])
  const { baseY, cursorY } = terminal.buffer.active
  expect(terminal.buffer.active.getLine(baseY + cursorY)?.translateToString(true)).toBe('last')
})

test('nothing is typed, and who scrolled back stays there', () => {
  const typed: string[] = []
  terminal.onData((data) => typed.push(data))
  parseAtOnce(terminal, 'line\r\n'.repeat(100), () => {})
  terminal.scrollToLine(3)
  parseAtOnce(terminal, 'more', () => {})
  expect(terminal.buffer.active.viewportY).toBe(3)
  expect(typed.join('')).toBe('')
})

test('the scrollbar waits until all is parsed, and then no more', () => {
  const told: string[] = []
  const viewport = { _isSyncing: false, _sync: () => void told.push(`synced, ${viewport._isSyncing}`) }
  const write = (fails: boolean) => () => {
    told.push(`written, ${viewport._isSyncing}`)
    if (fails) throw new Error('broken')
  }
  const terminalOf = (fails: boolean) => ({
    input: () => {},
    write: write(fails),
    _core: { _viewport: viewport },
  })
  parseAtOnce(terminalOf(false), 'text', () => {})
  expect(() => parseAtOnce(terminalOf(true), 'text', () => {})).toThrow('broken')
  expect(told).toEqual(['written, true', 'synced, false', 'written, true', 'synced, false'])
})

test('the terminal still has the names that are no public ones', () => {
  const code = readFileSync(createRequire(import.meta.url).resolve('@xterm/xterm'), 'utf8')
  expect(code).toMatch(/this\._viewport=this\._register\(/)
  expect(code).toMatch(/_sync\(\w+=this\._bufferService\.buffer\.ydisp\)\{[^}]*this\._isSyncing/)
})
