import type { Crowd } from './crowd.js'
import type { ChaosOptions } from './options.js'
import type { Recovery } from './recovery.js'
import { FLUSH_DUE_MS } from './rig.js'
import { COMMITTED_WITHIN_MS, type Journal, type RunResult, type StrikeResult } from './run.js'
import type { Finding } from './verify.js'
import { MOST_RSS_MIB } from './vitals.js'

type Print = (line: string) => void
type Paint = (text: string) => string

/** How lines are coloured; each answers its text as it is where there is no terminal. */
export interface Style {
  bold: Paint
  dim: Paint
  red: Paint
  green: Paint
  yellow: Paint
}

export function printHead(options: ChaosOptions, load: string, print: Print, style: Style): void {
  const { seed, minutes, candidates, eventsPerSecond, archive, faults, isEachAlone } = options
  const per = eventsPerSecond === 1 ? '1 event/s' : `${eventsPerSecond} events/s`
  const length = isEachAlone ? 'each fault once' : `${minutes} min`
  print('')
  print(`${style.bold('Chaos')}  seed ${seed} · ${length} · ${candidates} candidates, ${per} each`)
  print(
    style.dim(
      `       ${options.servers} servers${options.haproxy ? ' behind HAProxy' : ''}, ${options.workers} workers, ${options.redisCluster ? 'Redis Cluster, ' : ''}flush after ${FLUSH_DUE_MS / 1_000} s, archive on ${archive === 's3' ? 'S3' : 'a small disk'}`,
    ),
  )
  print(style.dim(`       load: ${load}`))
  print(style.dim(`       ${faults.length} faults`))
  print('')
}

/** A line for each thing that happens, with its time since the start. */
export function printedJournal(print: Print, style: Style, nowMs = Date.now): Journal {
  const startMs = nowMs()
  const line = (mark: string, what: string, text: string) =>
    print(`  ${style.dim(clockTime(nowMs() - startMs))}  ${mark} ${what.padEnd(NAME_WIDTH)} ${text}`)
  return {
    stage: (text) => line(style.dim('·'), style.dim(text), ''),
    struck: (names, text) => line(style.yellow('×'), names, text),
    recovered: (names, recovery) => line(style.green('✓'), names, recoveryText(recovery)),
    progress: (crowd) => line(style.dim('·'), '', style.dim(progressText(crowd))),
  }
}

const NAME_WIDTH = 17

function recoveryText({ acksAgainMs, committedMs, backlogEvents }: Recovery): string {
  const acks = acksAgainMs === null ? 'NO acks within 40 s' : `acks again after ${seconds(acksAgainMs)}`
  const commits = committedMs === null ? 'before the next one' : `after ${seconds(committedMs)}`
  const drained = committedMs === null ? 'not all committed' : 'committed'
  return `${acks}; ${number(backlogEvents)} events ${drained} ${commits}`
}

function progressText(crowd: Crowd): string {
  const stall = Math.max(0, ...crowd.sessions.map(({ longestStallMs }) => longestStallMs))
  const over = crowd.sessions.length - crowd.recording().length
  return `${number(crowd.recordedEvents)} events recorded, ${number(crowd.ackedEvents)} acked; ${number(over)} sessions closed; longest stall ${seconds(stall)}`
}

/** The table of faults, the figures, and the verdict. */
export function printResult(result: RunResult, print: Print, style: Style): void {
  print('')
  for (const row of strikeTable(result.strikes)) print(`  ${row}`)
  print('')
  const rss = Object.entries(result.peakRssMib).map(([name, mib]) => `${name} ${mib}`)
  const figures: [string, string][] = [
    [
      'Events',
      `${number(result.events)} in ${number(result.sessions)} sessions; ${number(result.archives)} archives`,
    ],
    ['Watchers', `${number(result.watchers)}, which had to forget ${number(result.watcherResets)} times`],
    ['Handed in later', `${number(result.comebacks)} times, what a page had left in its outbox at the close`],
    [
      'Gone for good',
      `${number(result.gone)} pages with their last ack; meanwhile Redis lost something ${number(result.goneWithLoss)} times`,
    ],
    ['Longest stall', `${seconds(result.longestStallMs)} from an event to its ack`],
    ['Times', `of events off by at most ${Math.round(result.clockOffMs)} ms`],
    ['Memory, MiB', `${rss.join(', ')} at most; bounds ${MOST_RSS_MIB.server} and ${MOST_RSS_MIB.worker}`],
    ['Took', `${clockTime(result.tookMs)}`],
  ]
  for (const [name, text] of figures) print(`  ${style.dim(name.padEnd(NAME_WIDTH))} ${text}`)
  print('')
  printFindings(result.findings, print, style)
}

function printFindings(findings: readonly Finding[], print: Print, style: Style): void {
  if (findings.length === 0) {
    print(
      `${style.green('✓')} 0 lost, 0 doubled, 0 reordered, 0 altered; watchers identical, chains and signatures intact.`,
    )
    return
  }
  const kinds = grouped(findings, ({ kind }) => kind)
  for (const [kind, ofKind] of kinds) {
    print(`${style.red('✗')} ${style.bold(kind)}: ${ofKind.length}`)
    for (const { sessionId, text } of ofKind.slice(0, 5)) print(`    ${sessionId ?? ''} ${text}`)
    if (ofKind.length > 5) print(style.dim(`    and ${ofKind.length - 5} more`))
  }
}

/** A row for each fault that came alone, one for those that came together. */
export function strikeTable(strikes: readonly StrikeResult[]): string[] {
  const groups = grouped(strikes, ({ names }) => (names.length === 1 ? (names[0] as string) : 'two together'))
  const rows = [...groups]
    .sort(([a], [b]) => order(a) - order(b) || (a < b ? -1 : 1))
    .map(([name, all]) => {
      const acks = all.map(({ acksAgainMs }) => acksAgainMs ?? Number.POSITIVE_INFINITY)
      const commits = all.map(({ committedMs }) => committedMs).filter((ms) => ms !== null)
      const backlog = Math.max(...all.map(({ backlogEvents }) => backlogEvents))
      return [name, `${all.length}`, ...spread(acks), ...spread(commits), number(backlog)]
    })
  return table([
    ['fault', 'times', 'acks again', 'most', 'committed again', 'most', 'backlog at most'],
    ...rows,
  ])
}

const order = (name: string): number => (name === 'two together' ? 1 : 0)

function spread(values: readonly number[]): [string, string] {
  if (values.length === 0) return ['–', '–']
  const sorted = values.toSorted((a, b) => a - b)
  return [seconds(sorted[sorted.length >> 1] as number), seconds(sorted.at(-1) as number)]
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] as readonly string[]).map((_, i) =>
    Math.max(...rows.map((row) => (row[i] ?? '').length)),
  )
  return rows.map((row) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('   '),
  )
}

/** What is printed with --json, and kept of a failed run. */
export function resultJson({ crowd: _crowd, logs: _logs, ...result }: RunResult): string {
  return JSON.stringify(
    { ...result, bounds: { committedWithinMs: COMMITTED_WITHIN_MS, rssMib: MOST_RSS_MIB } },
    null,
    2,
  )
}

/** Map.groupBy, which Node.js 20 does not have. */
function grouped<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    groups.set(key, [...(groups.get(key) ?? []), item])
  }
  return groups
}

const seconds = (ms: number): string => (Number.isFinite(ms) ? `${(ms / 1_000).toFixed(1)} s` : 'never')
const number = (n: number): string => n.toLocaleString('en')

function clockTime(ms: number): string {
  const sec = Math.floor(ms / 1_000)
  return `${String(Math.floor(sec / 60)).padStart(2)}:${String(sec % 60).padStart(2, '0')}`
}
