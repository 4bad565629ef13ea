import type { AckLatency } from './latency.js'
import { isComplete, type SessionRun } from './run-session.js'

/** Where the report goes; a terminal shows one line that changes. */
export interface Output {
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  write(text: string): unknown
}

const TTY_EVERY_MS = 250
const PLAIN_EVERY_MS = 5000
/** The rate is that of the last seconds. */
const RATE_WINDOW_MS = 5000

/** Tells how it goes until `stop`. */
export function startProgress(
  out: Output,
  runs: readonly SessionRun[],
  latency: AckLatency,
  nowMs: () => number,
): { stop(): void } {
  const seen = [{ atMs: nowMs(), acked: 0 }]
  const tell = () => {
    const now = { atMs: nowMs(), acked: total(runs, (run) => run.status?.receivedSeq) }
    seen.push(now)
    while (seen.length > 2 && now.atMs - (seen[0]?.atMs ?? 0) > RATE_WINDOW_MS) seen.shift()
    const [first = now] = seen
    const perSecond = (1000 * (now.acked - first.acked)) / Math.max(1, now.atMs - first.atMs)
    const line = progressLine(runs, latency, perSecond)
    out.write(out.isTTY ? `\r\x1b[2K${line.slice(0, (out.columns ?? 100) - 1)}` : `${line}\n`)
  }
  const timer = setInterval(tell, out.isTTY ? TTY_EVERY_MS : PLAIN_EVERY_MS)
  return {
    stop: () => {
      clearInterval(timer)
      tell()
      if (out.isTTY) out.write('\n')
    },
  }
}

export function progressLine(runs: readonly SessionRun[], latency: AckLatency, perSecond: number): string {
  const troubles = Object.entries(countBy(runs.map(trouble))).filter(([kind]) => kind !== '')
  return [
    `${runs.length} ${runs.length === 1 ? 'session' : 'sessions'}`,
    `${count(total(runs, (run) => run.status?.recordedSeq))} of ${count(total(runs, (run) => run.plan.interview.events.length))} sent`,
    `${count(total(runs, (run) => run.status?.receivedSeq))} acked`,
    `${count(total(runs, (run) => run.status?.committedSeq))} committed`,
    `${count(Math.round(perSecond))} events/s`,
    `ack ${milliseconds(latency.percentile(0.5))} (p99 ${milliseconds(latency.percentile(0.99))})`,
    ...troubles.map(([kind, howMany]) => (howMany === 1 ? kind : `${howMany} ${kind}`)),
  ].join(' · ')
}

/** What an interrupted run did not play, so that its equal numbers are not taken for the whole. */
function stoppedEarly(runs: readonly SessionRun[], sent: number): string {
  const planned = total(runs, (run) => run.plan.interview.events.length)
  return sent < planned ? ` Stopped early: ${count(planned - sent)} events were never played.` : ''
}

/** The table at the end. `sent = acked = committed` is said only where it is so. */
export function summary(runs: readonly SessionRun[], latency: AckLatency, consoleUrl: string): string {
  const head = ['candidate', 'interview', 'sent', 'acked', 'committed', 'read back', 'result']
  const rows = runs.map((run) => [
    run.plan.candidateId,
    run.plan.interview.question.title,
    shown(run.status?.recordedSeq),
    shown(run.status?.receivedSeq),
    shown(run.stored?.committed),
    shown(run.stored?.readBack),
    resultOf(run),
  ])
  const complete = runs.filter(isComplete)
  const sent = total(runs, (run) => run.status?.recordedSeq)
  const verdict =
    complete.length === runs.length
      ? `sent = acked = committed: ${count(sent)} events, all read back.${stoppedEarly(runs, sent)}`
      : `${runs.length - complete.length} of ${runs.length} sessions are NOT complete: sent, acked and committed differ or are unknown.`
  const links = runs.flatMap(({ sessionId, plan }) =>
    sessionId === null ? [] : [`  ${plan.candidateId}  ${consoleUrl}/sessions/${sessionId}`],
  )
  return [
    '',
    ...table([head, ...rows]),
    '',
    verdict,
    `Ack latency: p50 ${milliseconds(latency.percentile(0.5))}, p99 ${milliseconds(latency.percentile(0.99))}.`,
    ...(links.length > 0 ? ['', 'In the console:', ...links] : []),
    '',
  ].join('\n')
}

function resultOf(run: SessionRun): string {
  if (run.failure !== null) return run.failure
  const notes = [
    ...(run.stored && !run.stored.isWhole ? ['seqs are not 1, 2, 3…'] : []),
    ...(run.status?.notKept ? [`${run.status.notKept} not kept by the recorder`] : []),
    ...(run.status?.rejected.length ? [`rejected: ${run.status.rejected[0]?.code}`] : []),
    ...(run.stored?.others ? [`and ${run.stored.others} events of others`] : []),
  ]
  return [isComplete(run) ? 'complete' : 'NOT COMPLETE', ...notes].join('; ')
}

function trouble({ phase, status }: SessionRun): string {
  if (phase === 'failed') return 'failed'
  if (phase === 'confirming') return 'waiting for the commit'
  if (status === null || phase === 'done') return ''
  return (
    { offline: 'offline, resending', lagging: 'lagging', refused: 'refused', superseded: 'superseded' }[
      status.state as string
    ] ?? ''
  )
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, column) =>
        /^[\d,]+$|^-$/.test(cell) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  )
}

const total = (runs: readonly SessionRun[], of: (run: SessionRun) => number | undefined): number =>
  runs.reduce((sum, run) => sum + (of(run) ?? 0), 0)

function countBy(kinds: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const kind of kinds) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}

const count = (value: number): string => value.toLocaleString('en')
const shown = (value: number | undefined): string => (value === undefined ? '-' : count(value))
const milliseconds = (ms: number | null): string => (ms === null ? '–' : `${Math.round(ms)} ms`)
