import { expect, test } from 'vitest'
import { ansiRuns } from './ansi.js'

const ESC = '\u001b'
const textOf = (output: string): string =>
  ansiRuns(output)
    .map(({ text }) => text)
    .join('')

test('colour and boldness are kept', () => {
  expect(ansiRuns(`a${ESC}[1;31mb${ESC}[0mc${ESC}[92md${ESC}[39me`)).toEqual([
    { text: 'a', colour: null, bold: false },
    { text: 'b', colour: 'red', bold: true },
    { text: 'c', colour: null, bold: false },
    { text: 'd', colour: 'green', bold: false },
    { text: 'e', colour: null, bold: false },
  ])
})

test.each([
  ['a title', `x${ESC}]0;owned\u0007y`],
  ['the clipboard', `x${ESC}]52;c;aGk=${ESC}\\y`],
  ['a link', `x${ESC}]8;;javascript:alert(1)\u0007${ESC}]8;;\u0007y`],
  ['a window move', `x${ESC}[8;1;1ty`],
  ['a device control string', `x${ESC}P+q544e${ESC}\\y`],
  ['256 colours', `x${ESC}[38;5;12my`],
  ['NUL and BEL', 'x\u0000\u0007y'],
])('%s leaves no trace', (_, output) => {
  expect(textOf(output)).toBe('xy')
})

test('a string that never ends takes the rest with it, no more', () => {
  expect(textOf(`x${ESC}]0;never`)).toBe('x')
})

test('line ends, and lines that were drawn over', () => {
  expect(textOf('a\r\nb\n10%\r50%\r100%\nc')).toBe('a\nb\n100%\nc')
})

test('what nobody sees is shown as a mark, what people write stays', () => {
  expect(textOf(`rm \u202egpj.exe\u200b ${ESC}[31m\u2066x\u2069${ESC}[0m`)).toBe(
    'rm ‹U+202E›gpj.exe‹U+200B› ‹U+2066›x‹U+2069›',
  )
  expect(textOf('\tשלום\u200f 👩\u200d💻\n')).toBe('\tשלום\u200f 👩\u200d💻\n')
})

test('one huge line takes no more than its length', () => {
  expect(textOf('x'.repeat(4_000_000))).toHaveLength(4_000_000)
})
