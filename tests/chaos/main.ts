import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { readLoad } from './load.js'
import { type ChaosOptions, parseOptions, USAGE } from './options.js'
import { eachOnce, mixed } from './plan.js'
import { printedJournal, printHead, printResult, resultJson, type Style } from './report.js'
import { type Journal, type RunResult, runChaos } from './run.js'

const SESSION_MS = 60_000

export interface Surroundings {
  print(line: string): void
  style: Style
  /** Aborted on Ctrl-C: no more faults, and what was recorded is checked. */
  signal: AbortSignal
}

/** The command `npm run chaos`. @returns the exit status */
export async function chaos(
  args: readonly string[],
  { print, style, signal }: Surroundings,
): Promise<number> {
  const options = parseOptions(args, () => Math.floor(Math.random() * 1_000_000))
  if (options === null || typeof options === 'string') {
    print(options === null ? USAGE : `${options}\n\n${USAGE}`)
    return options === null ? 0 : 2
  }
  const quiet = () => {}
  const load = await readLoad()
  if (!options.isJson) printHead(options, load.description, print, style)
  const result = await runChaos({
    ...options,
    load,
    pace: 1,
    durable: true,
    sessionMs: SESSION_MS,
    durationMs: options.isEachAlone ? Number.POSITIVE_INFINITY : options.minutes * 60_000,
    plan: (isPossible, random) => {
      const faults = options.faults.filter(isPossible)
      return options.isEachAlone ? eachOnce(faults, true) : mixed(faults, random)
    },
    signal,
    journal: options.isJson ? SILENT : printedJournal(print, style),
  })
  if (options.isJson) print(resultJson(result))
  else printResult(result, print, style)
  if (result.findings.length === 0) return 0
  const folder = await keepRun(options, result)
  ;(options.isJson ? quiet : print)(`\nLogs and what candidates recorded: ${folder}`)
  return 1
}

const SILENT: Journal = { stage() {}, struck() {}, recovered() {}, progress() {} }

/** What explains the findings, in DATA_DIR: the logs of all processes, and the logs of the sessions that are named. */
async function keepRun({ seed }: ChaosOptions, result: RunResult): Promise<string> {
  const stamp = new Date().toISOString().replace(/[:.]/g, '-')
  const folder = resolve(process.env.DATA_DIR?.trim() || '.data', 'chaos', `${stamp}-seed-${seed}`)
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'result.json'), resultJson(result))
  for (const [name, output] of Object.entries(result.logs))
    await writeFile(join(folder, `${name}.log`), output)
  const named = new Set(result.findings.map(({ sessionId }) => sessionId))
  for (const session of result.crowd.sessions) {
    if (named.has(session.sessionId))
      await writeFile(join(folder, `session-${session.sessionId}.json`), JSON.stringify(session, null, 1))
  }
  return folder
}
