import { fileURLToPath } from 'node:url'
import { createOutput, type Output } from '../bare/output.mjs'
import { capacityPlan, type Plan } from './capacity.js'
import { type Costs, readCosts } from './costs.js'
import { growthScenarios } from './lag/growth.js'
import { demoInterviewEvents } from './lag/rhythm.js'
import type { LagResult } from './lag/scenario.js'
import { simulateLag } from './lag/simulate-lag.js'
import { HELP, parseOptions } from './options.js'
import { demandLine, facts, limitLines, partLines } from './report.js'
import { amount, percent, seconds, table } from './words.js'

/** Where the sources are: the costs and the recording are not compiled. */
const inSources = (path: string) => fileURLToPath(new URL(`../../../scripts/${path}`, import.meta.url))

/** `npm run plan`. @returns the exit code */
export async function plan(args: readonly string[]): Promise<number> {
  const parsed = parseOptions(args)
  if (parsed.kind === 'wrong') {
    process.stderr.write(`${parsed.problem} --help lists the options.\n`)
    return 2
  }
  if (parsed.kind === 'help') {
    process.stdout.write(HELP)
    return 0
  }
  const { demand, showsLag, isJson } = parsed.options
  const seed = parsed.options.seed ?? Math.floor(Math.random() * 2 ** 32)
  const costs = readCosts(inSources('plan/costs.json'))
  const gapsMs = demoInterviewEvents(inSources('simulate/samples/demo-interview.ndjson.gz')).map(
    ({ gapMs }) => gapMs,
  )
  const made = capacityPlan(demand, costs, gapsMs)
  if (isJson) {
    const lag = showsLag
      ? growthScenarios(made, costs, gapsMs, seed).map(({ name, scenario }) => ({
          name,
          ...simulateLag(scenario),
        }))
      : undefined
    process.stdout.write(
      `${JSON.stringify({ ...made, costsOf: costs.measuredAt, ...(lag && { seed, lag }) })}\n`,
    )
    return 0
  }
  const output = createOutput()
  print(output, made, costs)
  if (showsLag) await printLag(output, made, costs, gapsMs, seed)
  return 0
}

function print(output: Output, made: Plan, costs: Costs): void {
  const { style } = output
  output.heading(`${amount(made.demand.interviews)} interviews at the same time`)
  output.line(`  ${style.dim(demandLine(made, costs))}\n`)
  const [head = '', ...lines] = partLines(made)
  output.line(`  ${style.dim(head)}`)
  for (const line of lines) output.line(`  ${line}`)
  output.summary('What goes with it', facts(made))
  for (const line of limitLines(made)) output.line(`  ${line}`)
  output.line()
}

async function printLag(
  output: Output,
  made: Plan,
  costs: Costs,
  gapsMs: readonly number[],
  seed: number,
): Promise<void> {
  output.heading(`From received to committed, simulated (--seed ${seed})`)
  const rows = await output.step('simulating', async (say) => {
    const done: string[][] = []
    for (const { name, scenario } of growthScenarios(made, costs, gapsMs, seed)) {
      say(name)
      // Drawn before the thread is taken.
      await new Promise((resolve) => setImmediate(resolve))
      done.push([name, ...lagCells(simulateLag(scenario))])
    }
    return { detail: `${done.length} systems, each for a minute`, value: done }
  })
  const [head = '', ...lines] = table([['', 'p50', 'p99', 'longest', 'workers busy', ''], ...rows])
  output.line(`\n  ${output.style.dim(head)}`)
  for (const line of lines) output.line(`  ${line}`)
  output.line()
}

/** Above it what comes is more than is committed, sooner or later. */
const FULL_SHARE = 0.95

function lagCells({ p50Ms, p99Ms, maxMs, workerBusy, postgresBusy }: LagResult): string[] {
  const full =
    workerBusy > FULL_SHARE ? 'too few workers' : postgresBusy > FULL_SHARE ? 'PostgreSQL is full' : ''
  return [seconds(p50Ms), seconds(p99Ms), seconds(maxMs), percent(Math.min(1, workerBusy)), full]
}
