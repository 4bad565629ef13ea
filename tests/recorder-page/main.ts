import { rm } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { buildPages, EDITORS, type EditorName } from './harness/build-pages.js'
import { readTypings } from './harness/excerpt.js'
import { startPageServer } from './harness/page-server.js'
import { runLine, summary } from './harness/report.js'
import { type RunRequest, type RunResult, runOnce } from './harness/run.js'
import { startStack } from './harness/stack.js'

const USAGE = `npm run recorder-runs -- [--editor codemirror|monaco] [--runs N] [--seed N] [--at-once N] [--keys N]
                           [--minutes N]
  Seeds count up from --seed (1). A run that failed is had again with its seed alone: --seed N.
  With --minutes one run goes on for so long, through whole recordings.`

/** @returns the exit status */
export async function recorderRuns(args: readonly string[], print: (line: string) => void): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      editor: { type: 'string', default: 'codemirror' },
      runs: { type: 'string', default: '1' },
      seed: { type: 'string', default: '1' },
      'at-once': { type: 'string', default: '2' },
      keys: { type: 'string', default: '200' },
      minutes: { type: 'string', default: '0' },
      help: { type: 'boolean', default: false },
    },
  })
  const editor = EDITORS.find((name) => name === values.editor)
  const numbers = [values.runs, values.seed, values['at-once'], values.keys].map(Number)
  if (values.help || editor === undefined || !numbers.every((n) => Number.isSafeInteger(n) && n > 0)) {
    print(USAGE)
    return values.help ? 0 : 2
  }
  const [runs, seed, atOnce, keyCount] = numbers as [number, number, number, number]
  const durationMs = Number(values.minutes) * 60_000
  const results = await seededRuns({
    editor,
    seed,
    runs,
    atOnce: Math.min(atOnce, runs),
    typing: durationMs > 0 ? { durationMs } : { keyCount },
    print,
  })
  print(`\n${summary(results)}`)
  return results.every(({ findings }) => findings.length === 0) ? 0 : 1
}

interface SeededRuns {
  editor: EditorName
  seed: number
  runs: number
  atOnce: number
  typing: Pick<RunRequest, 'durationMs' | 'keyCount'>
  print: (line: string) => void
}

async function seededRuns({ editor, seed, runs, atOnce, typing, print }: SeededRuns): Promise<RunResult[]> {
  const { typings, areReal } = await readTypings()
  if (!areReal) print('Typed from the project’s own samples: the real recordings are not at hand.')
  const folder = await buildPages([editor])
  const pages = await startPageServer(folder)
  const results: RunResult[] = []
  let next = seed
  // Each at a service of its own, so that one's faults are not the other's.
  const lane = async () => {
    await using stack = await startStack()
    while (next < seed + runs) {
      const result = await runOnce({ seed: next++, editor, typings, stack, pages, ...typing })
      results.push(result)
      print(runLine(result))
    }
  }
  try {
    await Promise.all(Array.from({ length: atOnce }, lane))
  } finally {
    await pages.close()
    await rm(folder, { recursive: true, force: true })
  }
  return results.sort((a, b) => a.seed - b.seed)
}
