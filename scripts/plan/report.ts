import type { PartPlan, Plan } from './capacity.js'
import type { Costs } from './costs.js'
import { SCHEDULE } from './lag/schedule.js'
import { amount, bytes, percent, roughly, table } from './words.js'

/** What is planned for, in one line. */
export function demandLine({ demand, eventsPerSec }: Plan, { measuredAt, machine }: Costs): string {
  const watchers = Math.round(demand.interviews * demand.watchers)
  return [
    `${amount(eventsPerSec)} events/s`,
    `${demand.minutes} minutes`,
    `${amount(watchers)} watchers`,
    `processors ${percent(demand.busy)} busy`,
    `costs of ${measuredAt}, ${machine.cpu}`,
  ].join(' · ')
}

/** The parts, the one that is full with the fewest interviews first. */
export function partLines({ parts }: Plan): string[] {
  const fullFirst = parts.toSorted((a, b) => a.interviewsPerUnit - b.interviewsPerUnit)
  return table([
    ['', 'how many', 'processors', 'memory each', 'one is full with'],
    ...fullFirst.map(({ part, units, cores, memoryBytes, interviewsPerUnit }) => [
      part,
      amount(units),
      cores.toFixed(1),
      memoryBytes > 0 ? bytes(memoryBytes) : '',
      `${roughly(interviewsPerUnit)} interviews`,
    ]),
  ])
}

/** Labelled facts, as the summary of a command has them. */
export function facts({ shards, flush, redis, postgres, archive, demand, parts }: Plan): [string, string][] {
  const masters = unitsOf(parts, 'Redis masters')
  const pooler = postgres.connections > 400 ? ': through a transaction pooler' : ''
  return [
    [
      'Flush',
      `${shards === SCHEDULE.shards ? '' : `SHARDS=${shards}, `}${amount(flush.transactionsPerSec)} transactions/s of ${amount(flush.eventsPerFlush)} events for each session; a shard is busy ${percent(flush.shardBusy)}`,
    ],
    [
      'Redis',
      masters === 1
        ? 'one, with a replica'
        : `a cluster of ${masters} masters with a replica each; REDIS_BUDGET_BYTES is for each`,
    ],
    [
      'Connections',
      `${amount(demand.interviews * (1 + demand.watchers))} WebSockets; up to ${amount(postgres.connections)} to PostgreSQL${pooler}`,
    ],
    [
      'PostgreSQL',
      `${postgres.walMbPerSec.toFixed(1)} MB/s of write-ahead log, ${bytes(postgres.bytesPerDay)} of rows a day (RETAIN_ROWS_MS)`,
    ],
    [
      'Archive',
      `${bytes(archive.bytesPerDay)} and ${amount(archive.requestsPerDay)} S3 requests a day, ${amount(archive.requestsPerSec)}/s after a sitting`,
    ],
    [
      'An outage',
      `a minute without PostgreSQL leaves ${bytes((redis.eventBytesPerSec * 60) / masters)} in each Redis`,
    ],
  ]
}

/** Which part comes to its end first, and what to do then. */
export function limitLines({ postgres, demand, parts }: Plan): string[] {
  const adding = parts.filter(({ part }) => part !== 'PostgreSQL')
  const first = adding.reduce((least, one) => (one.interviewsPerUnit < least.interviewsPerUnit ? one : least))
  return [
    `Of what is added by starting more, ${first.part} are full first: one with ${roughly(first.interviewsPerUnit)} interviews.`,
    `What can't be added is the one PostgreSQL: its ${postgres.limit === 'processors' ? `${demand.postgresCores} processors are` : `log's ${demand.walMbPerSec} MB/s are`} as busy as they may be with ${roughly(postgres.mostInterviews)} interviews.`,
    postgres.databases === 1
      ? 'So nothing has to be split. Beyond it: whole systems beside each other, each with its own stores, and the platform puts each session into one.'
      : `So ${postgres.databases} whole systems beside each other, each with its own stores and ${roughly(demand.interviews / postgres.databases)} interviews: the platform puts each session into one. One system over several databases is not built.`,
  ]
}

const unitsOf = (parts: readonly PartPlan[], name: PartPlan['part']): number =>
  parts.find(({ part }) => part === name)?.units ?? 1
