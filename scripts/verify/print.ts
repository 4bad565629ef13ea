import { capital } from './check-links.js'
import { eventsText, type Verdict } from './verdict.js'

/** Colours where the output is a terminal that has them. */
export interface Style {
  green(text: string): string
  yellow(text: string): string
  red(text: string): string
  dim(text: string): string
}

export function styleFor(isColoured: boolean): Style {
  const code = (n: number) => (text: string) => (isColoured ? `\u001b[${n}m${text}\u001b[0m` : text)
  return { green: code(32), yellow: code(33), red: code(31), dim: code(2) }
}

const MAX_FINDINGS = 40
const MAX_RANGES = 12

/** A verdict for people, with its last line feed. */
export function printed(verdict: Verdict, style: Style): string {
  const { outcome, findings, redactions, unsigned, head, keyId, signedAtMs, checked } = verdict
  const heads = {
    intact: style.green('✓ intact'),
    redacted: style.green('✓ redacted, and otherwise intact'),
    'not signed': style.yellow('! not signed'),
    changed: style.red('✗ changed'),
  }
  const lines = [`${heads[outcome]}  ${verdict.of}`]
  const fact = (name: string, text: string) => lines.push(`  ${style.dim(name.padEnd(10))} ${text}`)
  if (verdict.sessionId !== null) fact('session', verdict.sessionId)
  fact('events', verdict.events.toLocaleString('en'))
  if (head !== null) fact('head', head)
  if (keyId !== null) {
    fact('signed', `${signedAtMs === null ? '' : `${timeOf(signedAtMs)} `}with key ${keyId}`)
  }
  if (checked.length > 0) fact('also', checked.join(', '))
  for (const { id, atMs, by, events } of redactions) {
    fact('redacted', `${rangesOf(events)} ${style.dim(`(redaction ${id}, ${timeOf(atMs)}, ${by})`)}`)
  }
  for (const text of unsigned) lines.push(`  ${style.yellow('!')} ${text}`)
  for (const { text } of findings.slice(0, MAX_FINDINGS)) lines.push(`  ${style.red('✗')} ${text}`)
  if (findings.length > MAX_FINDINGS) {
    lines.push(`  ${style.red('✗')} … and ${findings.length - MAX_FINDINGS} more (--json tells all)`)
  }
  return `${lines.join('\n')}\n`
}

const timeOf = (ms: number): string => new Date(ms).toISOString()

function rangesOf(ranges: readonly [number, number][]): string {
  if (ranges.length === 0) return 'Nothing of the events'
  const [first] = ranges
  if (ranges.length === 1 && first) return capital(eventsText(...first))
  const shown = ranges.slice(0, MAX_RANGES).map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`))
  const more = ranges.length > MAX_RANGES ? ` and ${ranges.length - MAX_RANGES} ranges more` : ''
  return `Events ${shown.join(', ')}${more}`
}
