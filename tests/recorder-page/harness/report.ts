import type { FaultKind } from './faults.js'
import type { RunResult } from './run.js'

/** One run, on one line. */
export function runLine(result: RunResult): string {
  const { seed, editor, typed, edits, events, loads, faults, losses, findings, settleMs, tookMs } = result
  const lost = losses.map(
    ({ events: count, oldestMs, why, state }) => `${count} by ${why} (${oldestMs} ms, ${state})`,
  )
  return [
    findings.length === 0 ? 'ok  ' : 'FAIL',
    `seed ${seed}`.padEnd(12),
    editor.padEnd(10),
    `${typed.keys} keys at ${typed.rate.toFixed(1)}/s`,
    `${edits} edits`,
    `${events} events of ${loads} loads`,
    `clock ±${result.clockOffMs.toFixed(0)} ms`,
    `settled in ${(settleMs / 1000).toFixed(1)} s`,
    `${(tookMs / 1000).toFixed(0)} s`,
    lost.length === 0 ? 'nothing lost' : `declared loss: ${lost.join(', ')}`,
    faults.join(' '),
    ...findings.map((finding) => `\n       ${finding}`),
  ].join('  ')
}

/** All of them, as a table. */
export function summary(results: readonly RunResult[]): string {
  const sum = (of: (result: RunResult) => number) => results.reduce((total, one) => total + of(one), 0)
  const faults = new Map<FaultKind, number>()
  for (const kind of results.flatMap((one) => one.faults)) faults.set(kind, (faults.get(kind) ?? 0) + 1)
  const losses = results.flatMap((one) => one.losses)
  const failed = results.filter(({ findings }) => findings.length > 0)
  const rows: [string, string | number][] = [
    ['runs', results.length],
    ['passed', results.length - failed.length],
    ['keys pressed', sum(({ typed }) => typed.keys)],
    ['  into a page that was just gone', sum(({ typed }) => typed.missed)],
    ['edits recorded', sum(({ edits }) => edits)],
    ['events kept', sum(({ events }) => events)],
    ['page loads', sum(({ loads }) => loads)],
    ['times a recorder lagged', sum(({ lagging }) => lagging)],
    ['longest time to settle, s', (Math.max(0, ...results.map((one) => one.settleMs)) / 1000).toFixed(1)],
    ['events’ times off by at most, ms', Math.max(0, ...results.map((one) => one.clockOffMs)).toFixed(0)],
    ['pages killed with events lost [R11]', losses.length],
    ['  events lost', losses.reduce((total, { events }) => total + events, 0)],
    ['  in pages where more than 500 ms were', losses.filter(({ oldestMs }) => oldestMs > 500).length],
    ['  oldest of them, ms before the kill', Math.max(0, ...losses.map(({ oldestMs }) => oldestMs))],
    ...[...faults]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([kind, n]): [string, number] => [`fault ${kind}`, n]),
  ]
  if (failed.length > 0) rows.push(['failed seeds', failed.map(({ seed }) => seed).join(' ')])
  return rows.map(([name, value]) => `${name.padEnd(40)}${value}`).join('\n')
}
