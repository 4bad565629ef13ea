import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { COUNTS_FILE } from './vitest-counts.mjs'

/** What the reporter counts for test files with these sources. */
function countsOf(files: Record<string, string>) {
  const dir = mkdtempSync(join(tmpdir(), 'counts-'))
  try {
    mkdirSync(join(dir, 'node_modules'))
    for (const [name, source] of Object.entries(files)) writeFileSync(join(dir, name), source)
    const vitest = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url))
    const reporter = fileURLToPath(new URL('./vitest-counts.mjs', import.meta.url))
    const file = join(dir, 'counts.json')
    const args = ['run', '--globals', '--root', dir, `--reporter=${reporter}`]
    spawnSync(process.execPath, [vitest, ...args], { cwd: dir, env: { ...process.env, [COUNTS_FILE]: file } })
    return JSON.parse(readFileSync(file, 'utf8'))
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

// The skipped tests below are text: what the reporter is given to count.
test('passed, failed and skipped tests, with the reasons', () => {
  const counts = countsOf({
    'a.test.mjs': `
      test('one', () => {})
      describe('of', () => { test('two', () => { expect(1).toBe(2) }) })
      test('three', ({ skip }) => skip('no browser here'))
      test.skip('four', () => {})
      test.todo('five')`,
  })
  expect(counts).toEqual({
    passed: 1,
    failed: 1,
    failures: ['a.test.mjs > of > two'],
    skipped: [
      { test: 'a.test.mjs > three', reason: 'no browser here' },
      { test: 'a.test.mjs > four', reason: 'skipped in its source, which gives no reason' },
      { test: 'a.test.mjs > five', reason: 'not written yet' },
    ],
  })
})

test('a file that can not be loaded, a hook that fails and a stray error are failures', () => {
  const counts = countsOf({
    'broken.test.mjs': "throw new Error('no file')",
    'hook.test.mjs':
      "describe('a', () => { beforeAll(() => { throw new Error('no world') }); test('b', () => {}) })",
    'stray.test.mjs':
      "test('c', async () => { setTimeout(() => { throw new Error('stray') }, 1); await new Promise((r) => setTimeout(r, 50)) })",
  })
  expect(counts.failures).toEqual(
    expect.arrayContaining([
      'broken.test.mjs: no file',
      'hook.test.mjs > a: no world',
      expect.stringContaining('outside of any test: stray'),
    ]),
  )
  expect(counts.failed).toBe(counts.failures.length)
  expect(counts.skipped).toEqual([{ test: 'hook.test.mjs > a > b', reason: 'its set-up failed' }])
})
