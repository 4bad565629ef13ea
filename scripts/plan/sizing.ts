import { capacityPlan, type Demand, type PartPlan, type Plan } from './capacity.js'
import type { Costs } from './costs.js'
import { demandLine, limitLines } from './report.js'
import { amount, bytes, roughly, seconds } from './words.js'

/** As the command has it without options. */
export const USUAL: Omit<Demand, 'interviews'> = {
  eventsPerSec: 1,
  minutes: 90,
  watchers: 0.02,
  sittings: 1,
  archiveMinutes: 60,
  busy: 0.6,
  postgresCores: 16,
  walMbPerSec: 200,
}

const SIZES = [100, 1_000, 5_000, 20_000, 100_000]
const LARGE = 100_000

/** What docs/operations.md has of the figures, by the name of its block. */
export function sizingBlocks(costs: Costs, gapsMs: readonly number[]): Record<string, string> {
  const plans = SIZES.map((interviews) => capacityPlan({ ...USUAL, interviews }, costs, gapsMs))
  const large = capacityPlan({ ...USUAL, interviews: LARGE }, costs, gapsMs)
  return {
    sizing: sizingTable(plans),
    costs: costsTable(costs),
    lag: lagTable(costs),
    'past one machine': pastOneMachine(large, costs),
  }
}

/**
 * A page with its blocks as they are now. A block stands between `<!-- figures: NAME -->` and `<!-- end -->`.
 * @throws where a block is not there
 */
export function withBlocks(page: string, blocks: Record<string, string>): string {
  return Object.entries(blocks).reduce((text, [name, block]) => {
    const begin = `<!-- figures: ${name} -->\n`
    const from = text.indexOf(begin)
    const to = text.indexOf('<!-- end -->', from)
    if (from < 0 || to < 0) throw new Error(`There is no block of figures called ${name}.`)
    return `${text.slice(0, from + begin.length)}\n${block}\n\n${text.slice(to)}`
  }, page)
}

function sizingTable(plans: readonly Plan[]): string {
  return markdown([
    [
      'interviews',
      'servers',
      'workers',
      'Redis masters',
      '`SHARDS`',
      'processors of servers, workers, Redis, PostgreSQL',
      'connections to PostgreSQL',
      'rows a day',
      'archive a day',
    ],
    ...plans.map(({ demand, parts, shards, postgres, archive }) => {
      const of = (name: PartPlan['part']) => parts.find(({ part }) => part === name) as PartPlan
      const workers = of('workers, flush').units + of('workers, archives').units
      const workerCores = of('workers, flush').cores + of('workers, archives').cores
      const cores = [of('servers').cores, workerCores, of('Redis masters').cores, of('PostgreSQL').cores]
      return [
        amount(demand.interviews),
        amount(of('servers').units),
        amount(workers),
        amount(of('Redis masters').units),
        String(shards),
        cores.map(amount).join(' + '),
        amount(postgres.connections),
        bytes(postgres.bytesPerDay),
        bytes(archive.bytesPerDay),
      ]
    }),
  ])
}

function costsTable({ server, worker, redis, postgres, archive }: Costs): string {
  const us = (value: number) => `${amount(value)} µs`
  return markdown([
    ['', 'server', 'worker', 'Redis', 'PostgreSQL'],
    ['an event that is received', us(server.cpuUsPerEvent), '', us(redis.cpuUsPerEvent), ''],
    ['a connection, each second', us(server.cpuUsPerConnectionSec), '', us(redis.cpuUsPerConnectionSec), ''],
    ['a watcher, each second', us(server.cpuUsPerWatcherSec), '', '', ''],
    ['an event shown to a watcher', us(server.cpuUsPerEventShown), '', '', ''],
    ['a transaction of a flush', '', us(worker.cpuUsPerRound), '', us(postgres.cpuUsPerRound)],
    ['… each session in it', '', us(worker.cpuUsPerSessionFlush), '', us(postgres.cpuUsPerSessionFlush)],
    ['… each event in it', '', us(worker.cpuUsPerEvent), '', us(postgres.cpuUsPerEvent)],
    [
      'a close with its archive',
      '',
      us(worker.cpuMsPerClose * 1_000),
      '',
      us(postgres.cpuMsPerClose * 1_000),
    ],
    [
      '… 1,000 events of it',
      '',
      us(worker.cpuUsPerClosedEvent * 1_000),
      '',
      us(postgres.cpuUsPerClosedEvent * 1_000),
    ],
    [
      'memory',
      `${bytes(server.bytes)}, ${bytes(server.bytesPerConnection)} a connection`,
      `${bytes(worker.bytes)}, ${bytes(worker.bytesPerClose)} while it archives`,
      `${bytes(redis.bytesPerSession)} a live session, ${bytes(redis.bytesPerEvent)} an uncommitted event`,
      '',
    ],
    [
      'kept of an event',
      '',
      `${bytes(archive.bytesPerEvent)} in the archive`,
      '',
      `${bytes(postgres.bytesPerEvent)} in tables and indexes, ${bytes(postgres.walBytesPerEvent)} of log`,
    ],
  ])
}

function lagTable({ lag }: Costs): string {
  return markdown([
    ['candidates', 'events/s', 'p50', 'p99', 'longest', 'transactions/s'],
    ...lag.map(({ candidates, watchers, eventsPerSec, p50Ms, p99Ms, maxMs, rounds, seconds: sec }) => [
      watchers > 0 ? `${candidates}, ${watchers} of them watched` : `${candidates}`,
      amount(eventsPerSec),
      seconds(p50Ms),
      seconds(p99Ms),
      seconds(maxMs),
      amount(rounds / sec),
    ]),
  ])
}

function pastOneMachine(plan: Plan, costs: Costs): string {
  const of = (name: PartPlan['part']) => plan.parts.find(({ part }) => part === name) as PartPlan
  const part = (name: PartPlan['part'], text: string) => {
    const { units, cores, interviewsPerUnit } = of(name)
    return `- **${amount(units)} ${text}**: ${cores.toFixed(1)} processors; one is full with ${roughly(interviewsPerUnit)} interviews.`
  }
  return [
    `${amount(plan.demand.interviews)} interviews (${demandLine(plan, costs)}):`,
    '',
    part('servers', 'servers'),
    part('workers, flush', `workers that flush, \`SHARDS=${plan.shards}\``),
    part('workers, archives', `workers for archives within ${plan.demand.archiveMinutes} minutes`),
    part('Redis masters', 'Redis masters'),
    `- **PostgreSQL**: ${of('PostgreSQL').cores.toFixed(1)} processors, ${plan.postgres.walMbPerSec.toFixed(0)} MB/s of log, ${bytes(plan.postgres.bytesPerDay)} of rows a day; up to ${amount(plan.postgres.connections)} connections, so a [transaction pooler](#a-transaction-pooler).`,
    `- **S3**: ${amount(plan.archive.requestsPerSec)} requests/s after a sitting, ${bytes(plan.archive.bytesPerDay)} a day.`,
    '',
    ...limitLines(plan),
  ].join('\n')
}

function markdown([head = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), `|${head.map(() => ' --- |').join('')}`, ...rows.map(line)].join('\n')
}
