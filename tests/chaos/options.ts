import { parseArgs } from 'node:util'
import { ALL_FAULTS } from '../faults/all-faults.js'
import type { Fault } from '../faults/fault.js'
import type { ArchiveKind } from './rig.js'

export interface ChaosOptions {
  minutes: number
  seed: number
  candidates: number
  eventsPerSecond: number
  faults: readonly Fault[]
  /** Each fault once and alone, in the place of a mix. */
  isEachAlone: boolean
  archive: ArchiveKind
  servers: number
  workers: number
  redisCluster: boolean
  haproxy: boolean
  isJson: boolean
}

export const USAGE = `npm run chaos -- [--minutes 30] [--seed N] [--candidates 200] [--rate 1] [--only fault,…] [--each]
                 [--archive s3|directory] [--servers 2] [--workers 2] [--redis-cluster] [--haproxy] [--json]

  The whole system under load while its parts are killed, frozen, cut off, emptied and put back; in the end
  everything that candidates recorded is compared with rows, archive and what watchers were shown.

  --minutes N      how long faults strike (30)
  --seed N         the same faults in the same order (a new one each time, printed)
  --candidates N   at the same time (200), each with --rate events a second (1) on average
  --only A,B       these faults alone: ${listed(ALL_FAULTS.map(({ name }) => name))}
  --each           each fault once and alone, in the place of a mix
  --archive KIND   s3 (default), or directory: on a small disk of its own, for the fault disk-full
  --servers N      server processes (2); --workers N as many workers (2)
  --redis-cluster  Redis is a cluster of three masters with a replica each, for the fault redis-master-kill
  --haproxy        HAProxy stands before the servers, with the configuration in docker/
  --json           prints the result as JSON and nothing else

  Exits with 1 on any finding; what explains it is kept in a folder then.`

/** @returns the options, or one line that says what is wrong, or null where help was asked for */
export function parseOptions(args: readonly string[], newSeed: () => number): ChaosOptions | string | null {
  let values: ReturnType<typeof read>
  try {
    values = read(args)
  } catch (error) {
    return (error as Error).message
  }
  if (values.help) return null
  const { minutes, candidates, rate, servers, workers } = values
  for (const [name, value] of Object.entries({ minutes, candidates, rate, servers, workers })) {
    if (!(Number(value) > 0)) return `--${name} ${value} is not a number above 0.`
  }
  const seed = values.seed === undefined ? newSeed() : Number(values.seed)
  if (!Number.isSafeInteger(seed) || seed < 0) return `--seed ${values.seed} is not a whole number.`
  if (values.archive !== 's3' && values.archive !== 'directory')
    return `--archive ${values.archive} is neither s3 nor directory.`
  const names = values.only?.split(',') ?? ALL_FAULTS.map(({ name }) => name)
  const unknown = names.find((name) => !ALL_FAULTS.some((fault) => fault.name === name))
  if (unknown !== undefined)
    return `--only ${unknown} is no fault. There are ${ALL_FAULTS.map(({ name }) => name).join(', ')}.`
  return {
    minutes: Number(minutes),
    seed,
    candidates: Math.ceil(Number(candidates)),
    eventsPerSecond: Number(rate),
    faults: ALL_FAULTS.filter(({ name }) => names.includes(name)),
    isEachAlone: values.each,
    archive: values.archive,
    servers: Math.ceil(Number(servers)),
    workers: Math.ceil(Number(workers)),
    redisCluster: values['redis-cluster'],
    haproxy: values.haproxy,
    isJson: values.json,
  }
}

const read = (args: readonly string[]) =>
  parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '30' },
      seed: { type: 'string' },
      candidates: { type: 'string', default: '200' },
      rate: { type: 'string', default: '1' },
      only: { type: 'string' },
      each: { type: 'boolean', default: false },
      archive: { type: 'string', default: 's3' },
      servers: { type: 'string', default: '2' },
      workers: { type: 'string', default: '2' },
      'redis-cluster': { type: 'boolean', default: false },
      haproxy: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  }).values

/** Names in lines that fit under the option. */
function listed(names: readonly string[]): string {
  const lines: string[] = ['']
  for (const name of names) {
    const last = lines.at(-1) as string
    if (last.length + name.length > 78) lines.push(name)
    else lines[lines.length - 1] = last === '' ? name : `${last} ${name}`
  }
  return ['', ...lines].join(`\n${' '.repeat(19)}`)
}
