import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { copyBinaries, linkLibraries } from './postgres-binaries.mjs'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'binaries-'))
  mkdirSync(join(dir, 'native/lib'), { recursive: true })
  writeFileSync(join(dir, 'native/lib/libpq.so.5.18'), 'library')
  const links = ['libpq.so', 'libpq.so.5'].map((name) => ({
    source: 'native/lib/libpq.so.5.18',
    target: `native/lib/${name}`,
  }))
  writeFileSync(join(dir, 'native/pg-symlinks.json'), JSON.stringify(links))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const linked = () => ['libpq.so', 'libpq.so.5'].map((name) => readlinkSync(join(dir, 'native/lib', name)))

test('the links are made, and made again without harm', () => {
  linkLibraries(dir)
  linkLibraries(dir)
  expect(linked()).toEqual(['libpq.so.5.18', 'libpq.so.5.18'])
  expect(readdirSync(join(dir, 'native/lib'))).toHaveLength(3)
})

test('a link to another version is replaced', () => {
  symlinkSync('libpq.so.5.17', join(dir, 'native/lib/libpq.so'))
  linkLibraries(dir)
  expect(linked()).toEqual(['libpq.so.5.18', 'libpq.so.5.18'])
})

test('a copy keeps the links relative, and is made once', () => {
  linkLibraries(dir)
  const parent = join(dir, 'copies')
  const copy = copyBinaries({ dir: join(dir, 'native'), version: '18.4.0' }, parent)
  expect(readlinkSync(join(copy.dir, 'lib/libpq.so'))).toBe('libpq.so.5.18')
  expect(copyBinaries({ dir: join(dir, 'native'), version: '18.4.0' }, parent)).toEqual(copy)
  expect(readdirSync(parent)).toEqual(['postgresql-18.4.0'])
})
