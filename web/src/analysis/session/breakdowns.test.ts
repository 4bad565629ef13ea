import { expect, test } from 'vitest'
import { computedOf, edit } from '../test-support/computed.js'
import { breakdownsOf } from './breakdowns.js'
import { amountText } from './explained-moments.js'

const command = (at: number, text: string) => ({ at, type: 'terminal_input', data: { command: text } })

test('bars are the numbers of the statistics, what is 0 has none', () => {
  const computed = computedOf([
    command(0, 'npm test'),
    command(1, 'npm test'),
    command(2, 'git status'),
    edit(3, 'abcd'),
    edit(4, 'answer', 'ai'),
  ])
  const [commands, files, origins] = breakdownsOf(computed)
  expect(commands?.bars.map(({ label, text, numbers }) => [label, text, numbers[0]?.metric])).toEqual([
    ['Tests', '2', 'terminalActivity.commandsByCategory.test'],
    ['Git', '1', 'terminalActivity.commandsByCategory.git'],
  ])
  expect(commands?.unit).toContain('3 commands, 2 different')
  expect(files?.bars.map(({ label, text }) => [label, text])).toEqual([['a.ts', '2 and 0; lines +0 −0']])
  expect(origins?.bars[0]?.parts.map(({ label, amount }) => [label, amount])).toEqual([
    ['Typed', 4],
    ['Assistant', 6],
  ])
})

test('each number of a file that is not 0 can be asked for, unless no request can name the file', () => {
  const saved = (fileName: string, content: string) => ({
    at: 2,
    type: 'code_snapshot',
    data: { fileName, content },
    fileId: fileName,
  })
  const [, edited, final] = breakdownsOf(
    computedOf([
      edit(0, 'abcd'),
      edit(1, 'answer', 'ai'),
      saved('a.ts', 'answerabcd'),
      saved('x'.repeat(801), 'y'),
      saved('\ud800', 'z'),
    ]),
  )
  const numbersOf = (bars: typeof edited) =>
    bars?.bars.map(({ numbers }) => numbers.map(({ metric, filePath }) => [metric, filePath]))
  const list = 'fileChanges.mostEditedFiles'
  expect(numbersOf(edited)).toEqual([
    [
      [`${list}.edits`, 'a.ts'],
      [`${list}.snapshots`, 'a.ts'],
      [`${list}.linesAdded`, 'a.ts'],
    ],
    [],
    [],
  ])
  expect(numbersOf(final)?.[0]).toEqual([
    ['provenance.files.total', 'a.ts'],
    ['provenance.files.typed', 'a.ts'],
    ['provenance.files.ai', 'a.ts'],
  ])
})

test('without commands and files it is said', () => {
  expect(breakdownsOf(computedOf([])).every(({ bars }) => bars.length === 0)).toBe(true)
})

test('shares of a number in its unit', () => {
  expect(amountText('focus.awaySeconds', 83)).toBe('1:23')
  expect(amountText('provenance.ai', 1)).toBe('1 character')
  expect(amountText('terminalActivity.totalCommands', 1)).toBe('')
  expect(amountText('claudeInteractions.totalTokensUsed', 412)).toBe('412')
  expect(amountText('testExecution.passRate', 0)).toBe('failed')
  expect(amountText('terminalActivity.uniqueCommands', null)).toBe('')
})
