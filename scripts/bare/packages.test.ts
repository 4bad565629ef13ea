import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { staleness } from './packages.mjs'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'packages-'))
  lock({ ...ZOD, ...MAC_ONLY })
  installed(ZOD)
  write('node_modules/zod/package.json', {})
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const ZOD = { 'node_modules/zod': { version: '4.0.0', integrity: 'sha512-a' } }
const MAC_ONLY = { 'node_modules/fsevents': { version: '2.3.3', optional: true } }

const write = (path: string, content: unknown) => {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), JSON.stringify(content))
}
const lock = (packages: object) =>
  write('package-lock.json', { packages: { '': { name: 'x' }, ...packages } })
const installed = (packages: object) => write('node_modules/.package-lock.json', { packages })

test('what the lock file wants is there, but for packages made for other systems', () => {
  expect(staleness(root)).toBeNull()
})

test('nothing is installed, or an install was cut off', () => {
  rmSync(join(root, 'node_modules/.package-lock.json'))
  expect(staleness(root)).toBe('not installed yet')
})

test('another version is wanted', () => {
  lock({ 'node_modules/zod': { version: '4.1.0' } })
  expect(staleness(root)).toBe('zod is 4.0.0, not 4.1.0')
})

test('the same version has other content', () => {
  lock({ 'node_modules/zod': { version: '4.0.0', integrity: 'sha512-b' } })
  expect(staleness(root)).toBe('zod differs')
})

test('a package was added, also one inside another', () => {
  lock({ ...ZOD, 'node_modules/zod/node_modules/@a/b': { version: '1.0.0' } })
  expect(staleness(root)).toBe('@a/b is missing')
})

test('a package was dropped', () => {
  installed({ ...ZOD, 'node_modules/pg': { version: '8.0.0' } })
  expect(staleness(root)).toBe('pg is no longer wanted')
})

test("a package's folder was removed by hand", () => {
  rmSync(join(root, 'node_modules/zod'), { recursive: true })
  expect(staleness(root)).toBe('zod was removed from node_modules')
})
