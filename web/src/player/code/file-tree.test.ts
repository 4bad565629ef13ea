import { expect, test } from 'vitest'
import type { FileState } from '../../../../replay/index.js'
import { fileRows, filesNamed } from './file-tree.js'

const file = (path: string, more: Partial<FileState> = {}): FileState =>
  ({ path, source: 1, deleted: false, renamedTo: null, ...more }) as FileState

test('by folder, each folder named once, deleted files last', () => {
  const rows = fileRows([
    file('src/b.ts'),
    file('README.md'),
    file('old.ts', { deleted: true }),
    file('src/a.ts'),
    file('gone.ts', { deleted: true, renamedTo: 'src/a.ts' }),
  ])
  expect(rows.map(({ folder, name }) => [folder, name])).toEqual([
    ['', 'README.md'],
    ['src', 'a.ts'],
    [null, 'b.ts'],
    ['', 'old.ts'],
  ])
})

test('found by a part of the path, whatever its case, each under its folder', () => {
  const files = [file('src/Main.ts'), file('src/other.ts'), file('test/main.ts'), file('README.md')]
  expect(fileRows(filesNamed(files, 'MAIN')).map(({ folder, name }) => [folder, name])).toEqual([
    ['src', 'Main.ts'],
    ['test', 'main.ts'],
  ])
  expect(filesNamed(files, 'src/')).toHaveLength(2)
  expect(filesNamed(files, '.*')).toEqual([])
})

test('two tabs with the same path are two rows', () => {
  const rows = fileRows([file('a.ts'), file('a.ts', { source: 2 })])
  expect(new Set(rows.map(({ key }) => key)).size).toBe(2)
})

test('a path of slashes alone has a name', () => {
  expect(fileRows([file('/a')]).map(({ folder, name }) => [folder, name])).toEqual([['', '/a']])
})
