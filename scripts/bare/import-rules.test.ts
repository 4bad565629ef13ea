import { describe, expect, test } from 'vitest'
import { violations } from './import-rules.mjs'
import { importsOf } from './import-statements.mjs'

/** The rules broken by a project of these files. */
const brokenBy = (files: Record<string, string>) =>
  violations(new Map(Object.entries(files).map(([path, source]) => [path, importsOf(source)]))).map(
    ({ file, line, rule }) => `${file}:${line} ${rule}`,
  )

describe('what the folders may import', () => {
  test.each([
    ['protocol/a.ts', "import { z } from 'zod'\nimport { B } from './b.js'"],
    ['replay/a.ts', "import { E } from '../protocol/events.js'"],
    ['db/a.ts', "import postgres from 'postgres'\nimport { E } from '../protocol/events.js'"],
    ['server/a.ts', "import { fold } from '../replay/engine.js'\nimport { x } from '../db/x.js'"],
    [
      'workers/a.ts',
      "import fs from 'node:fs'\nimport { x } from '../db/x.js'\nimport { fold } from '../replay/fold.js'",
    ],
    ['client-sdk/src/a.ts', "import { io } from 'socket.io-client'"],
    ['client-sdk/src/adapters/a.ts', "import { EditorView } from '@codemirror/view'"],
    [
      'web/src/a.tsx',
      "import { w } from '../../client-sdk/src/index.js'\nimport { fold } from '../../replay/index.js'",
    ],
    ['web/vite.config.ts', "import path from 'node:path'"],
    ['protocol/a.test.ts', "import { test } from 'vitest'\nimport fs from 'node:fs'"],
    [
      'tests/a.fault.test.ts',
      "import { start } from '../server/start.js'\nimport { run } from '../workers/run.js'",
    ],
  ])('%s', (path, source) => {
    expect(brokenBy({ [path]: source })).toEqual([])
  })
})

describe('what breaks a rule', () => {
  test.each([
    ['protocol/a.ts', "import fs from 'node:fs'", 'protocol imports the package node:fs'],
    ['protocol/a.ts', "import { x } from 'drizzle-orm'", 'zod is the only one'],
    ['protocol/a.ts', "export * from '../replay/engine.js'", 'protocol imports replay'],
    ['replay/a.ts', "import { z } from 'zod'", 'diff-match-patch is the only one'],
    ['replay/a.ts', "import type { Db } from '../db/connect.js'", 'replay imports db'],
    ['db/a.ts', "import { s } from '../server/start.js'", 'db imports server'],
    ['server/a.ts', "import { f } from '../workers/flush.js'", 'server imports workers'],
    ['workers/a.ts', "const f = await import('../server/http.js')", 'workers imports server'],
    ['workers/a.ts', "import { render } from '../web/src/app.js'", 'workers imports web'],
    ['client-sdk/src/a.ts', "import { Buffer } from 'node:buffer'", 'runs in browsers'],
    ['client-sdk/src/a.ts', "import fs from 'fs'", 'runs in browsers'],
    ['client-sdk/src/a.ts', "import { z } from 'zod'", "other people's pages"],
    ['client-sdk/src/a.ts', "import { type z } from 'zod'", "other people's pages"],
    ['client-sdk/src/adapters/a.ts', "import type { z } from 'zod'", 'other people compile'],
    ['client-sdk/src/a.ts', "import { useRef } from 'react'", 'for client-sdk/src/adapters'],
    ['client-sdk/src/a.ts', "import type { Terminal } from '@xterm/xterm'", 'for client-sdk/src/adapters'],
    ['client-sdk/build/a.ts', "import { EditorView } from '@codemirror/view'", 'for client-sdk/src/adapters'],
    ['client-sdk/build/a.ts', "import { Buffer } from 'node:buffer'", 'runs in browsers'],
    ['client-sdk/src/a.ts', "import { fold } from '../../replay/index.js'", 'client-sdk imports replay'],
    ['web/src/a.ts', "import { x } from '../../db/sessions.js'", 'web imports db'],
    ['web/src/a.tsx', "import type { S } from '../../server/start.js'", 'web imports server'],
    ['web/src/a.ts', "import { w } from '../../workers/flush.js'", 'web imports workers'],
    ['web/src/a.ts', "import os from 'node:os'", 'runs in browsers'],
    ['server/a.test.ts', "import { w } from '../tests/world.js'", 'nothing imports tests'],
    ['scripts/a.ts', "import { b } from '../bench/measure.js'", 'nothing imports bench'],
    ['tests/a.test.ts', "import { b } from '../bench/measure.js'", 'nothing imports bench'],
    ['server/a.ts', "import x from '../dist/server/x.js'", "none of the project's folders"],
  ])('%s with %s', (path, source, rule) => {
    expect(brokenBy({ [path]: source })).toEqual([expect.stringContaining(rule)])
  })

  test('zod that comes into the pages through other modules, with the way it takes', () => {
    const files = {
      'client-sdk/src/a.ts': "import { MAX } from '../../protocol/limits.js'",
      'protocol/limits.ts': "export { MAX } from './sizes.js'",
      'protocol/sizes.ts': "import { z } from 'zod'",
    }
    expect(brokenBy(files)).toEqual([expect.stringContaining('protocol/limits.ts → protocol/sizes.ts')])
    expect(brokenBy({ ...files, 'protocol/limits.ts': "export type { Size } from './sizes.js'" })).toEqual([])
  })

  test('a cycle of folders, even where each step is allowed for tests', () => {
    const broken = brokenBy({
      'scripts/a.ts': "import { x } from '../db/x.js'",
      'db/x.ts': "import { y } from '../scripts/y.js'",
    })
    expect(broken).toContainEqual(expect.stringContaining('closes a cycle of folders'))
  })
})

describe('how imports are found', () => {
  test('every form, with its line', () => {
    const source = [
      "import a, { b } from 'one' // import x from 'not-this'",
      'import type {',
      '  C,',
      "} from 'two'",
      "import 'three'",
      '/* import x from "nor-this" */',
      "export * as all from 'four'",
      "const url = 'https://example.com'; const late = await import('five')",
      "import type, { D } from 'six'",
      'import{e}from"seven"',
    ].join('\n')
    expect(importsOf(source)).toEqual([
      { from: 'one', typeOnly: false, line: 1 },
      { from: 'two', typeOnly: true, line: 4 },
      { from: 'three', typeOnly: false, line: 5 },
      { from: 'four', typeOnly: false, line: 7 },
      { from: 'five', typeOnly: false, line: 8 },
      { from: 'six', typeOnly: false, line: 9 },
      { from: 'seven', typeOnly: false, line: 10 },
    ])
  })
})
