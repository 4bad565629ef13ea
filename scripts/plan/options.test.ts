import { expect, test } from 'vitest'
import { HELP, parseOptions } from './options.js'
import { USUAL } from './sizing.js'

test('without options a thousand usual interviews are planned', () => {
  expect(parseOptions([])).toEqual({
    kind: 'plan',
    options: { demand: { ...USUAL, interviews: 1_000 }, seed: null, showsLag: false, isJson: false },
  })
})

test('options are read, percent as a share', () => {
  const parsed = parseOptions([
    '--interviews',
    '100000',
    '--busy',
    '50',
    '--watchers=0',
    '--seed',
    '7',
    '--lag',
    '--json',
  ])
  expect(parsed).toEqual({
    kind: 'plan',
    options: {
      demand: { ...USUAL, interviews: 100_000, busy: 0.5, watchers: 0 },
      seed: 7,
      showsLag: true,
      isJson: true,
    },
  })
})

test.each([
  [['--interviews', '0'], '--interviews 0 is not a whole number from 1 to 10000000.'],
  [['--interviews', '1.5'], '--interviews 1.5 is not a whole number'],
  [['--watchers', 'few'], '--watchers few is not a number from 0 to 100.'],
  [['--interviews='], '--interviews  is not'],
  [['--seed', '-1'], "Option '--seed"],
  [['--seed', 'x'], '--seed x is not a whole number from 0 to 4294967295.'],
  [['--machines', '3'], "Unknown option '--machines'"],
])('%j is refused with one line', (args, problem) => {
  const parsed = parseOptions(args)
  expect(parsed.kind).toBe('wrong')
  expect(parsed.kind === 'wrong' && parsed.problem).toContain(problem)
  expect(parsed.kind === 'wrong' && parsed.problem).not.toContain('\n')
})

test('the help has every option with its default', () => {
  const named = [...HELP.matchAll(/^ {2}--([a-z-]+) N .*\((\d[\d.]*)\)$/gm)].map(([, name, value]) => [
    name,
    Number(value),
  ])
  expect(Object.fromEntries(named)).toEqual({
    interviews: 1_000,
    'events-per-second': USUAL.eventsPerSec,
    minutes: USUAL.minutes,
    watchers: USUAL.watchers,
    sittings: USUAL.sittings,
    'archive-minutes': USUAL.archiveMinutes,
    busy: USUAL.busy * 100,
    'postgres-cores': USUAL.postgresCores,
    'wal-mb': USUAL.walMbPerSec,
  })
  expect(parseOptions(['--help'])).toEqual({ kind: 'help' })
})
