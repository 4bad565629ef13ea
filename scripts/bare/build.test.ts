import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fingerprint } from './build.mjs'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'build-'))
  mkdirSync(join(root, 'web/src'), { recursive: true })
  for (const name of ['a.ts', 'b.ts']) writeFileSync(join(root, 'web/src', name), 'one')
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const now = () => fingerprint(root, ['web', 'package-lock.json'])

test.each<[string, () => void]>([
  ['a file changed', () => writeFileSync(join(root, 'web/src/a.ts'), 'other')],
  ['a file was removed', () => rmSync(join(root, 'web/src/b.ts'))],
  ['a file was renamed', () => renameSync(join(root, 'web/src/b.ts'), join(root, 'web/src/c.ts'))],
  ['an older file took its place', () => utimesSync(join(root, 'web/src/a.ts'), 1, 1)],
  ['a file that was missing came', () => writeFileSync(join(root, 'package-lock.json'), '{}')],
])('%s: built again', (_what, change) => {
  const before = now()
  change()
  expect(now()).not.toBe(before)
})

test('nothing changed, or only what is installed or built: not built again', () => {
  const before = now()
  for (const dir of ['web/node_modules', 'web/dist']) {
    mkdirSync(join(root, dir))
    writeFileSync(join(root, dir, 'x.js'), 'x')
  }
  expect(now()).toBe(before)
})
