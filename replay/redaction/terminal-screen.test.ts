import xterm from '@xterm/headless'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { RecordedEvent } from '../../protocol/events.js'
import { MASK_CHAR } from '../../protocol/redaction.js'
import { record } from '../test-support/recordings.js'
import { maskEvent, needlesOf, RedactionSearch } from './index.js'

const SECRET = 'hunter2'
const PROMPT = '$ '

type Key = { kind: 'insert'; char: string } | { kind: 'backspace' | 'left' | 'right' | 'home' | 'end' }
interface Line {
  text: string
  at: number
}

function press({ text, at }: Line, key: Key): Line {
  if (key.kind === 'insert') return { text: text.slice(0, at) + key.char + text.slice(at), at: at + 1 }
  if (key.kind === 'backspace')
    return { text: text.slice(0, Math.max(0, at - 1)) + text.slice(at), at: Math.max(0, at - 1) }
  const to = { left: at - 1, right: at + 1, home: 0, end: text.length }[key.kind]
  return { text, at: Math.min(Math.max(to, 0), text.length) }
}

const back = (count: number) => '\b'.repeat(count)
const csi = (count: number, final: string) => (count > 0 ? `\u001b[${count}${final}` : '')

/** How shells show what a key did to their line. */
const SHELLS: Record<string, (before: Line, after: Line, key: Key) => string> = {
  'prints the rest again': (before, after, key) => {
    const rest = after.text.slice(after.at)
    if (key.kind === 'insert') return key.char + rest + back(rest.length)
    if (key.kind === 'backspace') return before.at === 0 ? '' : `\b${rest} ${back(rest.length + 1)}`
    if (after.at < before.at) return back(before.at - after.at)
    return after.text.slice(before.at, after.at)
  },
  'inserts and deletes characters': (before, after, key) => {
    if (key.kind === 'insert') return (before.at < before.text.length ? '\u001b[@' : '') + key.char
    if (key.kind === 'backspace') return before.at === 0 ? '' : '\b\u001b[P'
    return after.at < before.at ? csi(before.at - after.at, 'D') : csi(after.at - before.at, 'C')
  },
  'paints the line': (_before, after) =>
    `\r\u001b[K${PROMPT}${after.text}${csi(after.text.length - after.at, 'D')}`,
  'colours the line': (before, after) =>
    `${csi(before.at, 'D')}\u001b[32m${after.text}\u001b[39m\u001b[K${csi(after.text.length - after.at, 'D')}`,
}

const anySlip: fc.Arbitrary<Key[]> = fc.oneof(
  fc.constantFrom(...'hunter2x ').map((char): Key[] => [{ kind: 'insert', char }, { kind: 'backspace' }]),
  fc.constant<Key[]>([{ kind: 'left' }, { kind: 'right' }]),
  fc.constant<Key[]>([{ kind: 'home' }, { kind: 'insert', char: 'y' }, { kind: 'end' }]),
  fc.constant<Key[]>([
    { kind: 'left' },
    { kind: 'insert', char: 'z' },
    { kind: 'backspace' },
    { kind: 'right' },
  ]),
)
const anyKeys = fc
  .array(fc.tuple(fc.nat({ max: SECRET.length }), anySlip), { maxLength: 5 })
  .map((slips) =>
    [...SECRET, ''].flatMap((char, i): Key[] => [
      ...slips.flatMap(([place, keys]) => (place === i ? keys : [])),
      ...(char === '' ? [] : [{ kind: 'insert' as const, char }]),
    ]),
  )

/** What is on the screen after each event, and where the cursor is. */
async function screens(events: readonly RecordedEvent[]): Promise<[line: string, column: number][]> {
  const terminal = new xterm.Terminal({ cols: 80, rows: 4, allowProposedApi: true })
  const seen: [string, number][] = []
  for (const event of events) {
    const { data } = event.data as { data: string }
    await new Promise<void>((resolve) => terminal.write(data, resolve))
    const { active } = terminal.buffer
    seen.push([active.getLine(active.baseY + active.cursorY)?.translateToString(true) ?? '', active.cursorX])
  }
  terminal.dispose()
  return seen
}

test.each(Object.keys(SHELLS))(
  '[R15] a screen never shows what was typed to a shell that %s',
  async (name) => {
    const shell = SHELLS[name] as (typeof SHELLS)[string]
    await fc.assert(
      fc.asyncProperty(anyKeys, fc.nat({ max: 7 }), async (keys, cutAfter) => {
        let line: Line = { text: '', at: 0 }
        const pieces = keys.flatMap((key) => {
          const before = line
          line = press(line, key)
          const shown = shell(before, line, key)
          return cutAfter === 0 ? [shown] : [shown.slice(0, cutAfter), shown.slice(cutAfter)]
        })
        const drafts = [PROMPT, ...pieces].map((data) => ({
          type: 'terminal_stream',
          data: { channel: 'o', data },
        }))
        const events = record(drafts)
        const search = new RedactionSearch({ kind: 'text', needles: needlesOf(SECRET), hashes: [] })
        for (const event of events) search.find(event)
        search.found()
        const plan = search.plan()
        const masked = events.map((event) => ({ ...event, data: maskEvent(plan, event).data }))
        const [was, is] = await Promise.all([screens(events), screens(masked)])
        expect(is.map(([shown]) => shown).join('\n')).not.toContain(SECRET)
        expect(is.map(([shown, column]) => [shown.length, column])).toEqual(
          was.map(([shown, column]) => [shown.length, column]),
        )
        const [last] = was.at(-1) as [string, number]
        if (last.includes(SECRET)) expect(is.at(-1)?.[0]).toContain(MASK_CHAR.repeat(SECRET.length))
      }),
      { numRuns: 60 },
    )
  },
)
