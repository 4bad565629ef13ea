import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { START_FILES } from './problem.js'

/** How Node.js itself judges the interview's files; the page's own runner must not be another judge. */
function underNode(changed: Record<string, string>): { passed: number; failed: number } {
  const folder = mkdtempSync(join(tmpdir(), 'interview-'))
  try {
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    for (const { path, text } of START_FILES) writeFileSync(join(folder, path), changed[path] ?? text)
    const args = ['--test', '--test-reporter=tap', 'free-slots.test.js']
    const { NODE_TEST_CONTEXT: _ours, ...env } = process.env
    const { stdout } = spawnSync(process.execPath, args, { cwd: folder, env, encoding: 'utf8' })
    const count = (what: string) => Number(new RegExp(`^# ${what} (\\d+)`, 'm').exec(stdout)?.[1])
    return { passed: count('pass'), failed: count('fail') }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const SOLUTION = `
export function freeSlots(meetings, day, minutes) {
  const slots = []
  let free = day.from
  for (const [from, to] of [...meetings].sort((a, b) => a[0] - b[0])) {
    const start = Math.min(from, day.to)
    if (start - free >= minutes) slots.push([free, start])
    free = Math.max(free, to)
  }
  if (day.to - free >= minutes) slots.push([free, day.to])
  return slots
}
`

test('what is given fails every test, and a right solution passes them', () => {
  expect(underNode({})).toEqual({ passed: 0, failed: 6 })
  expect(underNode({ 'free-slots.js': SOLUTION })).toEqual({ passed: 6, failed: 0 })
})
