import { parseArgs } from 'node:util'
import type { Demand } from './capacity.js'
import { USUAL } from './sizing.js'

export interface PlanOptions {
  demand: Demand
  /** Also how late the commit is, by the simulation, as load and workers grow and where something fails. */
  showsLag: boolean
  /** Null: one is made, and said. */
  seed: number | null
  isJson: boolean
}

export type ParsedOptions =
  | { kind: 'plan'; options: PlanOptions }
  | { kind: 'help' }
  /** `problem` is one line that names the option, what was given and what is expected. */
  | { kind: 'wrong'; problem: string }

interface Amount {
  key: keyof Demand
  fallback: number
  min: number
  max: number
  isWhole: boolean
}

const AMOUNTS: Record<string, Amount> = {
  interviews: { key: 'interviews', fallback: 1_000, min: 1, max: 10_000_000, isWhole: true },
  'events-per-second': {
    key: 'eventsPerSec',
    fallback: USUAL.eventsPerSec,
    min: 0.01,
    max: 100,
    isWhole: false,
  },
  minutes: { key: 'minutes', fallback: USUAL.minutes, min: 1, max: 1_440, isWhole: true },
  watchers: { key: 'watchers', fallback: USUAL.watchers, min: 0, max: 100, isWhole: false },
  sittings: { key: 'sittings', fallback: USUAL.sittings, min: 1, max: 100, isWhole: true },
  'archive-minutes': {
    key: 'archiveMinutes',
    fallback: USUAL.archiveMinutes,
    min: 1,
    max: 1_440,
    isWhole: true,
  },
  busy: { key: 'busy', fallback: USUAL.busy * 100, min: 1, max: 100, isWhole: true },
  'postgres-cores': {
    key: 'postgresCores',
    fallback: USUAL.postgresCores,
    min: 1,
    max: 1_024,
    isWhole: true,
  },
  'wal-mb': { key: 'walMbPerSec', fallback: USUAL.walMbPerSec, min: 1, max: 100_000, isWhole: true },
}

export const HELP = `What so many interviews need, by what each event, connection, watcher and close was measured to cost.

  npm run plan -- --interviews 100000
  npm run plan -- --interviews 5000 --events-per-second 2 --watchers 0.1
  npm run plan -- --interviews 100000 --lag          and how late the commit is, by a simulation

  --interviews N           at the same time (1000)
  --events-per-second N    of each interview (1)
  --minutes N              that each takes (90)
  --watchers N             for each interview, all the time (0.02)
  --sittings N             a day (1)
  --archive-minutes N      after a sitting until the last archive is verified (60)
  --busy N                 percent that processors may be busy (60)
  --postgres-cores N       processors of the machine of PostgreSQL (16)
  --wal-mb N               MB a second that its write-ahead log may take (200)
  --lag                    simulates the flush, as load grows, and where a worker or a Redis master dies
  --seed N                 of the simulation
  --json                   one JSON object
  --help                   this text

Costs are in scripts/plan/costs.json; npm run bench -- costs --write 1 measures them on this machine (about six minutes).
Exits with 2 when an option is wrong.
`

/** Reads the command line. */
export function parseOptions(args: readonly string[]): ParsedOptions {
  let values: Record<string, string | boolean | undefined>
  try {
    values = read(args)
  } catch (error) {
    return { kind: 'wrong', problem: `${(error as Error).message.split(/\.\s/)[0]?.replace(/\.$/, '')}.` }
  }
  if (values.help) return { kind: 'help' }
  const demand = {} as Demand
  for (const [name, { key, fallback, min, max, isWhole }] of Object.entries(AMOUNTS)) {
    const value = values[name] === undefined ? fallback : Number(values[name] || Number.NaN)
    if (!(value >= min && value <= max) || (isWhole && !Number.isInteger(value))) {
      const kind = isWhole ? 'a whole number' : 'a number'
      return { kind: 'wrong', problem: `--${name} ${values[name]} is not ${kind} from ${min} to ${max}.` }
    }
    demand[key] = value
  }
  demand.busy /= 100
  const seed = values.seed === undefined ? null : Number(values.seed || Number.NaN)
  if (seed !== null && !(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32)) {
    return { kind: 'wrong', problem: `--seed ${values.seed} is not a whole number from 0 to ${2 ** 32 - 1}.` }
  }
  return {
    kind: 'plan',
    options: { demand, seed, showsLag: values.lag === true, isJson: values.json === true },
  }
}

const read = (args: readonly string[]) =>
  parseArgs({
    args: [...args],
    options: {
      ...Object.fromEntries(Object.keys(AMOUNTS).map((name) => [name, { type: 'string' as const }])),
      seed: { type: 'string' },
      lag: { type: 'boolean' },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  }).values as Record<string, string | boolean | undefined>
