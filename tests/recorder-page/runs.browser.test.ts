import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildPages, type EditorName } from './harness/build-pages.js'
import { readTypings, type Typing } from './harness/excerpt.js'
import { type PageServer, startPageServer } from './harness/page-server.js'
import { runLine } from './harness/report.js'
import { runOnce } from './harness/run.js'
import { type Stack, startStack } from './harness/stack.js'

// A few of the many runs of `npm run recorder-runs`, which has more seeds and an hour. Between them, these meet most ways for a
// page to end.

const RUNS: [EditorName, number][] = [
  ['codemirror', 54],
  ['monaco', 59],
]

let folder: string
let pages: PageServer
let stack: Stack
let typings: readonly Typing[]

beforeAll(async () => {
  ;({ typings } = await readTypings())
  folder = await buildPages()
  pages = await startPageServer(folder)
  stack = await startStack()
})
afterAll(async () => {
  await stack?.[Symbol.asyncDispose]()
  await pages?.close()
  if (folder) await rm(folder, { recursive: true, force: true })
})

test.each(RUNS)(
  '[I1][I2][I3][R1][R11] typed into %s while page, network and service fail, every edit is kept once and in order (seed %i)',
  { timeout: 300_000 },
  async (editor, seed) => {
    const result = await runOnce({ seed, editor, typings, stack, pages })
    console.log(runLine(result))
    expect(result.findings).toEqual([])
    expect(result.edits).toBeGreaterThan(150)
  },
)
