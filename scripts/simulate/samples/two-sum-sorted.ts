import type { Interview } from '../interview.js'
import { Author, type TestOutcome } from './author.js'
import { printVitest } from './print-tests.js'

const CODE = 'src/two-sum.ts'
const TESTS = 'src/two-sum.test.ts'
const README = 'README.md'

const TASK = `# Pair in a sorted list

Given numbers in ascending order and a target, return the places (counted from 1) of the two numbers that
add up to the target, the smaller place first. Return null where there is no such pair.

Use constant extra memory.
`

const STUB = `/** Places (from 1) of the two numbers that add up to target, or null. */
export function pairInSorted(numbers: number[], target: number): [number, number] | null {
  return null
}
`

const TEST_FILE = `import { expect, test } from 'vitest'
import { pairInSorted } from './two-sum'

test('finds a pair at the ends', () => {
  expect(pairInSorted([2, 7, 11, 15], 17)).toEqual([1, 4])
})

test('finds neighbours', () => {
  expect(pairInSorted([1, 3, 4, 9], 7)).toEqual([2, 3])
})

test('handles negative numbers', () => {
  expect(pairInSorted([-8, -3, 0, 5], -11)).toEqual([1, 2])
})
`

const outcomes = (
  ends: string | null,
  neighbours: string | null,
  negative: string | null,
  more: TestOutcome[] = [],
) => [
  { name: 'finds a pair at the ends', durationMs: 3, ...(ends && { error: ends }) },
  { name: 'finds neighbours', durationMs: 1, ...(neighbours && { error: neighbours }) },
  { name: 'handles negative numbers', durationMs: 1, ...(negative && { error: negative }) },
  ...more,
]

/** A quadratic first try, a hash map that the task forbids, then two pointers with one slip. */
export function twoSumSorted(seed: number): Interview {
  const question = {
    id: 'sample-pair-in-sorted',
    title: 'Pair in a sorted list',
    difficulty: 'easy',
    language: 'typescript',
  }
  const author = new Author(question, 45 * 60, seed)
  const run = (list: TestOutcome[]) => author.test('npm test', TESTS, list, printVitest(TESTS))

  author.start({
    [CODE]: { language: 'typescript', content: STUB },
    [TESTS]: { language: 'typescript', content: TEST_FILE },
    [README]: { language: 'markdown', content: TASK },
  })
  author.think(8)
  author.open(README)
  author.think(130)
  author.open(TESTS)
  author.think(44)
  author.shell('ls', 'README.md  node_modules  package.json  src\n')
  author.open(CODE)
  author.think(26)
  run(
    outcomes(
      'expected null to deeply equal [ 1, 4 ]',
      'expected null to deeply equal [ 2, 3 ]',
      'expected null to deeply equal [ 1, 2 ]',
    ),
  )
  author.think(55)

  author.type(
    CODE,
    '| null {\n',
    `  for (let i = 0; i < numbers.length; i++) {
    for (let j = i + 1; j < numbers.length; j++) {
      if (numbers[i] + numbers[j] === target) return [i, j]
    }
  }
`,
  )
  author.think(17)
  run(
    outcomes(
      'expected [ 0, 3 ] to deeply equal [ 1, 4 ]',
      'expected [ 1, 2 ] to deeply equal [ 2, 3 ]',
      'expected [ 0, 1 ] to deeply equal [ 1, 2 ]',
    ),
  )
  author.think(30)
  author.replace(CODE, '[i, j]', '[i + 1, j + 1]')
  run(outcomes(null, null, null))
  author.think(66)

  author.ask(
    'My nested loops pass, but they look at every pair. The list is sorted: which property lets me skip most pairs without extra memory?',
    'Look at the smallest and the largest number together. If their sum is too small, no pair with the smallest can work, since its best partner was just tried; so the smallest can go. If the sum is too large, the same holds for the largest. Each step removes one number, so there are at most n steps, and you only need to remember two places.',
    5,
  )
  author.think(44)
  author.open(CODE)
  author.erase(
    CODE,
    `    for (let j = i + 1; j < numbers.length; j++) {
      if (numbers[i] + numbers[j] === target) return [i + 1, j + 1]
    }
`,
  )
  author.replace(CODE, '  for (let i = 0; i < numbers.length; i++) {\n  }\n', '  ')
  author.type(
    CODE,
    '| null {\n  ',
    `let low = 0
  let high = numbers.length - 1
  while (low <= high) {
    const sum = numbers[low] + numbers[high]
    if (sum === target) return [low + 1, high + 1]
    if (sum < target) low++
    else high--
  }
`,
  )
  author.think(33)
  run(outcomes(null, null, null))
  author.lookAway(36)
  author.think(88)

  author.open(TESTS)
  author.type(
    TESTS,
    'toEqual([1, 2])\n})\n',
    `
test('does not use one number twice', () => {
  expect(pairInSorted([1, 4, 6], 8)).toBeNull()
})
`,
  )
  const twice = { name: 'does not use one number twice', durationMs: 2 }
  run(outcomes(null, null, null, [{ ...twice, error: 'expected [ 2, 2 ] to be null' }]))
  author.think(48)
  author.replace(CODE, 'low <= high', 'low < high')
  run(outcomes(null, null, null, [twice]))
  author.think(39)

  author.ask(
    'What does this do for an empty list, and do I need a special case?',
    'With an empty list high starts at -1, so the condition low < high is false at once and the function returns null. No special case is needed, but a test that says so would help the next reader.',
    4,
  )
  author.type(
    TESTS,
    'toBeNull()\n})\n',
    `
test('an empty list has no pair', () => {
  expect(pairInSorted([], 0)).toBeNull()
})
`,
  )
  run(outcomes(null, null, null, [twice, { name: 'an empty list has no pair', durationMs: 1 }]))
  author.think(99)
  author.type(CODE, 'to target, or null.', ' Linear time, constant memory.')
  author.think(13)
  author.shell(
    'git diff --stat',
    ' src/two-sum.test.ts | 8 ++++++++\n src/two-sum.ts      | 9 ++++++++-\n 2 files changed, 16 insertions(+), 1 deletion(-)\n',
  )
  author.think(55)
  return author.submit()
}
