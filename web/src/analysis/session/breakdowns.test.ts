import { expect, test } from 'vitest'
import { computedOf, edit, START_MS } from '../test-support/computed.js'
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
  expect(commands?.bars.map(({ label, text, metric }) => [label, text, metric])).toEqual([
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

test('a file leads to where it was made and saved, its final code to where it was left', () => {
  const saved = (at: number, fileName: string, content: string) => ({
    at,
    type: 'code_snapshot',
    data: { fileName, content },
    fileId: fileName,
  })
  const [, edited, final] = breakdownsOf(
    computedOf([
      { at: 0, type: 'file_created', data: { filePath: 'a.ts' }, fileId: 'a.ts' },
      edit(1, 'abcd'),
      saved(2, 'a.ts', 'abcd'),
      saved(3, 'b.ts', 'other'),
      edit(4, 'e'),
      saved(5, 'a.ts', 'eabcd'),
    ]),
  )
  const momentsOf = (bars: typeof edited) =>
    bars?.bars
      .find(({ label }) => label === 'a.ts')
      ?.moments.map(({ atMs, what }) => [(atMs - START_MS) / 60_000, what])
  expect(momentsOf(edited)).toEqual([
    [0, 'created'],
    [2, 'saved'],
    [5, 'saved'],
  ])
  expect(momentsOf(final)).toEqual([[5, 'saved']])
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
