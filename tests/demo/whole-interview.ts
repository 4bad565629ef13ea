import type { Candidate } from './candidate.js'

/** What somebody else has written, and the candidate brings along. */
export const FOREIGN = `/** The nearest value within bounds. */
const clamp = (value, low, high) => Math.min(Math.max(value, low), high)
`

export const QUESTIONS = [
  'How do I merge meetings that overlap?',
  'Is this fast enough for 500 meetings?',
] as const

export interface Told {
  firstRun: { passed: number; failed: number }
  secondRun: { passed: number; failed: number }
  lastRun: { passed: number; failed: number }
}

/**
 * A whole interview, from reading the task to code that passes: typing, completion, undo, own and foreign pastes, code of
 * the assistant, commands, files, tests, a break. Everything but the submit.
 */
export async function workThrough(candidate: Candidate): Promise<Told> {
  const { pace, page } = candidate
  await readTask(candidate)
  const firstRun = await candidate.runTests()
  await firstTry(candidate)
  const secondRun = await candidate.runTests()
  await pace.think(25)
  await askForHelp(candidate)
  await takeBreak(candidate)
  await applyHelp(candidate)
  const lastRun = await candidate.runTests()
  await pace.think(12)
  await candidate.ask(QUESTIONS[1])
  await pace.think(14)
  await tryByHand(candidate)
  await page.getByRole('tab', { name: 'Task', exact: true }).click()
  return { firstRun, secondRun, lastRun }
}

async function readTask(candidate: Candidate): Promise<void> {
  const { pace } = candidate
  await pace.think(35)
  await candidate.openFile('free-slots.test.js')
  await pace.think(25)
  await candidate.openFile('free-slots.js')
  await pace.think(8)
  await candidate.run('ls')
  await candidate.run('head -n 3 README.md')
  await pace.think(4)
}

/** Right for meetings that don't overlap. */
async function firstTry(candidate: Candidate): Promise<void> {
  const { pace } = candidate
  await candidate.caretBehind('return []')
  await candidate.press('Shift+Home')
  await candidate.typeCode([
    'const sorted = [...meetings].sort((a, b) => a[0] - b[0])',
    'const slots = []',
    'let free = day.from',
  ])
  await pace.think(14)
  await candidate.press('Enter')
  await candidate.type('for (const [from, to] of sor')
  // The rest of the name comes from the list of completions.
  await candidate.complete('sorted')
  await candidate.type(') {')
  await candidate.press('Enter')
  await candidate.typeCode([
    'if (from - free >= minutes) slots.push([free, from])',
    'free = to',
    '↓',
    'return slots',
  ])
  await pace.think(9)
  // The last slot, made from the line in the loop: copied and changed.
  await candidate.caretBehind('slots.push([free, from])')
  await candidate.press('Home', 'Shift+End', 'Control+c')
  await candidate.caretBehind('return slots')
  await candidate.press('Home', 'Enter', 'ArrowUp', 'Control+v')
  await candidate.press(...times('Backspace', 'from])'.length))
  await candidate.type('day.to])')
  await candidate.press(
    'Home',
    ...times('ArrowRight', 'if ('.length),
    ...times('Shift+ArrowRight', 'from'.length),
  )
  await candidate.type('day.to')
  // One slip, and back.
  await candidate.press('End')
  await candidate.type(' // todo')
  await candidate.undoUntilGone(' /')
  await candidate.press('Control+s')
  await pace.think(5)
}

const times = (key: string, count: number): string[] => new Array(count).fill(key)

async function askForHelp(candidate: Candidate): Promise<void> {
  const { pace, page } = candidate
  const answer = await candidate.ask(QUESTIONS[0])
  await pace.think(20)
  await page.getByRole('tab', { name: 'free-slots.js', exact: true }).click()
  await candidate.caretBehind('return slots')
  await candidate.press('Control+End', 'Enter')
  await answer.getByRole('button', { name: 'Insert at the cursor' }).click()
  await pace.think(18)
}

async function takeBreak(candidate: Candidate): Promise<void> {
  const { page } = candidate
  await page.getByRole('button', { name: 'Take a break' }).click()
  await page.getByRole('heading', { name: 'On a break' }).waitFor()
  await page.locator('recorder-status[data-tone="paused"]').waitFor()
  // The keys of the interview do nothing now: a run of the tests would be one too many.
  await candidate.press('Control+Enter')
  await candidate.pace.think(20)
  await page.getByRole('button', { name: 'Go on', exact: true }).click()
  await page.locator('recorder-status[data-tone="paused"]').waitFor({ state: 'detached' })
}

/** Merges first, and looks at the day alone, with a helper from elsewhere. */
async function applyHelp(candidate: Candidate): Promise<void> {
  const { pace } = candidate
  await candidate.replaceLine('const sorted = ', ['const merged = mergeMeetings(meetings)'])
  await candidate.caretBehind('of sorted)')
  await candidate.press(...times('ArrowLeft', ') {'.length), ...times('Shift+ArrowLeft', 'sorted'.length))
  await candidate.type('merged')
  await candidate.closeCompletions()
  await pace.think(10)
  await candidate.press('Control+End', 'Enter', 'Enter')
  await candidate.pasteForeign(FOREIGN)
  await pace.think(6)
  await candidate.replaceLine('if (from - free', [
    'const start = clamp(from, day.from, day.to)',
    'if (start - free >= minutes) slots.push([free, start])',
  ])
  await candidate.replaceLine('free = to', ['free = Math.max(free, to)'])
  await candidate.press('Control+z', 'Control+y')
  await candidate.press('Control+s')
}

async function tryByHand(candidate: Candidate): Promise<void> {
  const { pace } = candidate
  await candidate.makeFile('try.js')
  await candidate.typeCode([
    "import { freeSlots } from './free-slots.js'",
    '',
    'const day = { from: 540, to: 1020 }',
    'console.log(freeSlots([[600, 660], [630, 700]], day, 30))',
  ])
  await candidate.press('Control+s')
  await candidate.run('node try.js')
  await pace.think(6)
  await candidate.renameFile('try.js', 'by-hand.js')
  await candidate.run('node by-hand.js && echo "500 meetings: sorting is what counts" > notes.txt')
  await candidate.run('cat notes.txt | grep -c sorting')
  await candidate.run('mv notes.txt NOTES.md; wc -l *.md')
  await candidate.deleteFile('by-hand.js')
  await pace.think(8)
}
