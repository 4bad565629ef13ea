import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import xterm from '@xterm/headless'
import { beforeAll, describe, expect, test } from 'vitest'
import { DATA_SCHEMAS } from '../../../protocol/event-schemas.js'
import type { BuiltInEventType } from '../../../protocol/event-types.js'
import { latestFiles, type ReplayEngine, terminalFeed } from '../../../replay/index.js'
import type { Interview } from '../interview.js'
import { noRecordings, RECORDINGS_DIR } from '../test-support/recordings.js'
import { replayed } from '../test-support/replayed.js'
import { weaveInterview } from './weave-interview.js'

test('a folder without recordings, or with one that can’t be read, is named', () => {
  const folder = mkdtempSync(join(tmpdir(), 'weave-'))
  expect(() => weaveInterview(folder)).toThrow(`No recordings in ${folder}`)
  writeFileSync(join(folder, 'broken.cast'), 'no JSON')
  expect(() => weaveInterview(folder)).toThrow(join(folder, 'broken.cast'))
})

describe.skipIf(noRecordings)('woven from the real recordings', () => {
  let interview: Interview
  let engine: ReplayEngine
  beforeAll(() => {
    interview = weaveInterview(RECORDINGS_DIR)
    engine = replayed(interview.events)
  })
  const trace = (name: string) =>
    JSON.parse(gunzipSync(readFileSync(join(RECORDINGS_DIR, name))).toString()) as {
      endContent: string
      txns: { time: string }[]
    }

  test('the text rebuilt from code_edit alone is each recording’s own end', () => {
    const edits = replayed(
      interview.events.filter(({ type }) => type === 'session_start' || type === 'code_edit'),
    )
    const state = edits.stateAt()
    expect(Object.fromEntries(latestFiles(state).map((file) => [file.path, file.text]))).toEqual({
      'json-crdt-patch.md': trace('json-crdt-patch.json.gz').endContent,
      'sveltecomponent.svelte': trace('sveltecomponent.json.gz').endContent,
    })
    expect(interview.expected.files).toEqual(
      Object.fromEntries(latestFiles(state).map((file) => [file.path, file.text])),
    )
    expect(state.divergences).toEqual([])
  })

  test('every transaction is one code_edit, and no snapshot contradicts the edits', () => {
    const editCount = (path: string) =>
      interview.events.filter((event) => event.type === 'code_edit' && event.fileId === path).length
    expect(editCount('json-crdt-patch.md')).toBe(trace('json-crdt-patch.json.gz').txns.length)
    expect(editCount('sveltecomponent.svelte')).toBe(trace('sveltecomponent.json.gz').txns.length)
    expect(engine.stateAt().divergences).toEqual([])
    expect(engine.checkpoints.filter((event) => event.type === 'code_snapshot').length).toBeGreaterThan(1000)
  })

  test('the screen after terminal_stream is that of the cast fed straight into a terminal', async () => {
    const [header = '', ...lines] = readFileSync(join(RECORDINGS_DIR, 'welcome.cast'), 'utf8')
      .trim()
      .split('\n')
    const { width, height } = JSON.parse(header) as { width: number; height: number }
    const straight = new xterm.Terminal({ cols: width, rows: height, allowProposedApi: true })
    for (const line of lines) {
      const [, code, data] = JSON.parse(line) as [number, string, string]
      if (code === 'o') await written(straight, data)
      if (code === 'r') straight.resize(...(data.split('x').map(Number) as [number, number]))
    }
    const viewer = new xterm.Terminal({ cols: 80, rows: 24, allowProposedApi: true })
    for (const step of terminalFeed(engine.stateAt().terminal, null).steps) {
      if (step.kind === 'write') await written(viewer, step.data)
      else viewer.resize(step.columns, step.rows)
    }
    expect(screen(viewer)).toEqual(screen(straight))
    expect(screen(viewer).join('\n')).toContain('asciinema')
  })

  test('the agent’s turns, commands and test runs are there', () => {
    const state = engine.stateAt()
    expect(state.chat.map((turn) => turn.role)).toEqual(['system', 'user', ...Array(13).fill('assistant')])
    expect(state.terminal.commands).toHaveLength(13)
    expect(state.testRuns.map((run) => run.results.map((result) => result.passed))).toEqual([[false], [true]])
  })

  test('it says that the weaving is ours, and where the recordings come from', () => {
    const data = engine.stateAt().session?.data
    expect(data).toMatchObject({ woven: true })
    expect(JSON.stringify(data)).toMatch(
      /editing-traces, CC BY 4\.0.*SWE-agent, MIT.*asciinema-server, Apache-2\.0/,
    )
    expect(interview.description).toContain('that they belong together is not')
  })

  test('it begins with session_start, ends with session_submit, and never pauses for more than a minute', () => {
    const { events } = interview
    expect([events[0]?.type, events.at(-1)?.type]).toEqual(['session_start', 'session_submit'])
    const gaps = events.slice(1).map((event, i) => event.offsetMs - (events[i]?.offsetMs ?? 0))
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...gaps)).toBeLessThanOrEqual(60_000)
  })

  test('every event is what the vocabulary asks for', () => {
    for (const { type, data } of interview.events) {
      const checked = DATA_SCHEMAS[type as BuiltInEventType].safeParse(data)
      if (!checked.success) expect.fail(`${type}: ${checked.error.message}`)
    }
  })

  test('weaving again gives the same interview', () => {
    expect(weaveInterview(RECORDINGS_DIR)).toEqual(interview)
  })
})

const written = (terminal: xterm.Terminal, data: string) =>
  new Promise<void>((resolve) => terminal.write(data, resolve))

/** Every line of the buffer with its cells' colours, and where the cursor stands. */
function screen(terminal: xterm.Terminal): string[] {
  const { active } = terminal.buffer
  const lines = Array.from({ length: active.length }, (_, y) => {
    const line = active.getLine(y)
    const cells = Array.from({ length: terminal.cols }, (_, x) => {
      const cell = line?.getCell(x)
      return `${cell?.getChars()}${cell?.getFgColor()}${cell?.isBold()}`
    })
    return `${line?.translateToString(true)}|${cells.join(' ')}`
  })
  return [...lines, `cursor ${active.cursorX},${active.cursorY} of ${terminal.cols}x${terminal.rows}`]
}
