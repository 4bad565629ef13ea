import { describe, expect, test } from 'vitest'
import { collectModules, syntaxErrorPlace } from './module-graph.js'

const collect = (entry: string, files: Record<string, string>) =>
  collectModules(entry, (path) => files[path] ?? null)

test('modules come behind those they import, each once', () => {
  const modules = collect('a.test.js', {
    'a.test.js': `import test from 'node:test'\nimport assert from 'assert/strict'\nimport { a } from './a.js'\nimport './lib/c.js'`,
    'a.js': `import { b } from './lib/b.js'\nexport { c } from "./lib/c.js"`,
    'lib/b.js': `export const b = import('./c.js')`,
    'lib/c.js': `import x from '../d.mjs'\nexport default 'not a module'`,
    'd.mjs': '',
  })
  expect(modules.map(({ path }) => path)).toEqual(['d.mjs', 'lib/c.js', 'lib/b.js', 'a.js', 'a.test.js'])
  expect(modules.at(-1)?.imports.map(({ target }) => target)).toEqual([
    { builtin: 'node:test' },
    { builtin: 'node:assert/strict' },
    { path: 'a.js' },
    { path: 'lib/c.js' },
  ])
  const b = modules[2]
  const [place] = b?.imports ?? []
  expect(b?.code.slice(place?.from, place?.to)).toBe(`'./c.js'`)
  expect(modules[1]?.imports.map(({ target }) => target)).toEqual([{ path: 'd.mjs' }])
})

describe('what leads nowhere is named', () => {
  test.each([
    [{ 'a.js': `import './b.js'` }, "Cannot find module 'b.js' imported from a.js"],
    [{ 'a.js': `import './b'` }, "Name the file with its ending: './b.js'"],
    [{ 'a.js': `import 'lodash'` }, "Cannot find package 'lodash' imported from a.js. There are node:test"],
    [{}, "Cannot find module 'a.js'"],
    [{ 'a.js': `import './b.js'`, 'b.js': `import './a.js'` }, 'a.js → b.js → a.js'],
  ])('%o', (files, words) => {
    expect(() => collect('a.js', files as Record<string, string>)).toThrow(words)
  })
})

test.each([
  ['const a = 1\n', null],
  ['const a = ;\n', { line: 1, column: 11 }],
  ['function f() {\n  return 1\n', { line: 3, column: 1 }],
])('the place of a syntax error in %j', (code, place) => {
  expect(syntaxErrorPlace(code)).toEqual(place)
})
