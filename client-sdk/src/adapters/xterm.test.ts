import { isDeepStrictEqual } from 'node:util'
import { SerializeAddon } from '@xterm/addon-serialize'
import headless from '@xterm/headless'
import fc from 'fast-check'
import { expect, onTestFinished, test, vi } from 'vitest'
import { Handlers } from '../handlers.js'
import type { RecordableEvent, RecorderEvents } from '../recorder-types.js'
import { recordXterm } from './xterm.js'

const { Terminal } = headless
type Terminal = headless.Terminal

function fakeRecorder() {
  const handlers = new Handlers<RecorderEvents>()
  const events: [channel: string, data: string][] = []
  const recorder = {
    isPaused: false,
    record: ({ type, data }: RecordableEvent) => {
      const { channel, data: text } = data as { channel: string; data: string }
      expect(type).toBe('terminal_stream')
      if (!recorder.isPaused) events.push([channel, text])
      return events.length
    },
    on: <E extends keyof RecorderEvents>(event: E, handler: (payload: RecorderEvents[E]) => void) =>
      handlers.on(event, handler),
    resume: () => {
      recorder.isPaused = false
      handlers.emit('resync', { reason: 'resumed' })
    },
  }
  return {
    recorder,
    events,
    of: (channel: string) => events.filter(([c]) => c === channel).map(([, d]) => d),
  }
}

const makeTerminal = (cols = 40, rows = 10) =>
  new Terminal({ cols, rows, allowProposedApi: true, scrollback: 500 })

const parsed = (terminal: Terminal) => new Promise<void>((resolve) => terminal.write('', resolve))

async function screenOf(terminal: Terminal): Promise<string[]> {
  await parsed(terminal)
  return screenNow(terminal)
}

/** Every line with its colours and all, and where the cursor is. */
function screenNow(terminal: Terminal): string[] {
  const { active } = terminal.buffer
  const lines = Array.from({ length: active.length }, (_, y) => {
    const line = active.getLine(y)
    return Array.from({ length: terminal.cols }, (_, x) => {
      const cell = line?.getCell(x)
      return `${cell?.getChars() || ' '}${cell?.isFgDefault() ? '' : cell?.getFgColor()}`
    })
      .join('')
      .trimEnd()
  })
  return [`${terminal.cols}x${terminal.rows}`, ...lines, `cursor ${active.cursorX} ${active.cursorY}`]
}

/** At once; the way of the terminal's own tests. */
const writeNow = (terminal: Terminal, data: string): void =>
  (terminal as unknown as { _core: { writeSync(data: string): void } })._core.writeSync(data)

async function rebuiltFrom(events: readonly (readonly [string, string])[]): Promise<string[]> {
  const terminal = makeTerminal(80, 24)
  for (const [channel, data] of events) {
    // A size holds for what is parsed after it.
    if (channel === 'r') {
      await parsed(terminal)
      const [cols, rows] = data.split('x').map(Number)
      terminal.resize(cols as number, rows as number)
    }
    if (channel === 'o') terminal.write(data)
  }
  return screenOf(terminal)
}

test('both directions and the size, in order; small writes are joined', async () => {
  // A terminal that has parsed for too long puts the rest off, so on a slow machine there would be more to join.
  const now = vi.spyOn(performance, 'now').mockReturnValue(0)
  onTestFinished(() => now.mockRestore())
  const terminal = makeTerminal()
  const { recorder, events } = fakeRecorder()
  recordXterm(recorder, terminal)
  const heard = vi.fn()
  for (const letter of 'hello ') terminal.write(letter)
  terminal.writeln('world', heard)
  await parsed(terminal)
  terminal.input('ls\r')
  terminal.write('a.ts\r\n')
  await parsed(terminal)
  terminal.resize(60, 12)
  expect(events).toEqual([
    ['r', '40x10'],
    ['o', 'hello world\r\n'],
    ['i', 'ls\r'],
    ['o', 'a.ts\r\n'],
    ['r', '60x12'],
  ])
  expect(heard).toHaveBeenCalledOnce()
})

test('what the terminal answers by itself comes behind the question', async () => {
  const terminal = makeTerminal()
  const { recorder, events } = fakeRecorder()
  recordXterm(recorder, terminal)
  terminal.write('where?\u001b[6n')
  terminal.write('after')
  await parsed(terminal)
  await parsed(terminal)
  expect(events.map(([channel]) => channel)).toContain('i')
  expect(await rebuiltFrom(events)).toEqual(await screenOf(terminal))
})

test('who answers as soon as the terminal has parsed the question comes behind it', async () => {
  const terminal = makeTerminal()
  const { recorder, events } = fakeRecorder()
  recordXterm(recorder, terminal)
  terminal.write('ready? ', () => terminal.input('yes'))
  terminal.write('thanks', () => terminal.resize(50, 10))
  await parsed(terminal)
  expect(events).toEqual([
    ['r', '40x10'],
    ['o', 'ready? '],
    ['i', 'yes'],
    ['o', 'thanks'],
    ['r', '50x10'],
  ])
})

test('bytes: characters that are split between writes are whole', async () => {
  const terminal = makeTerminal()
  const { recorder, of } = fakeRecorder()
  recordXterm(recorder, terminal)
  const bytes = new TextEncoder().encode('aé€😀z')
  for (const byte of bytes) terminal.write(Uint8Array.of(byte))
  await parsed(terminal)
  expect(of('o').join('')).toBe('aé€😀z')
})

test('a burst is whole, in order, and in events of bounded length', async () => {
  const terminal = makeTerminal()
  const { recorder, of } = fakeRecorder()
  recordXterm(recorder, terminal)
  const chunks = Array.from({ length: 2048 }, (_, i) => `${i} ${'x'.repeat(120)}\r\n`)
  for (const chunk of chunks) terminal.write(chunk)
  await parsed(terminal)
  await Promise.resolve()
  expect(of('o').join('')).toBe(chunks.join(''))
  // One for each time that the terminal has parsed some, and it parses less at a time where the machine is busy.
  expect(of('o').length).toBeLessThan(chunks.length / 10)
  expect(Math.max(...of('o').map((text) => text.length))).toBeLessThan(65 * 1024)
})

test('a screen that is not empty is told at the start, with or without a serializer', async () => {
  const serialize = new SerializeAddon()
  for (const options of [{}, { snapshot: () => serialize.serialize() }]) {
    const terminal = makeTerminal()
    terminal.loadAddon(serialize as unknown as headless.ITerminalAddon)
    terminal.write('before\r\nand \u001b[32mgreen')
    const { recorder, events } = fakeRecorder()
    recordXterm(recorder, terminal, options)
    terminal.write(' after')
    await parsed(terminal)
    await Promise.resolve()
    const plain = (lines: string[]) => lines.map((line) => line.replaceAll(/(\D)2/g, '$1'))
    const rebuilt = await rebuiltFrom(events)
    if ('snapshot' in options) expect(rebuilt).toEqual(await screenOf(terminal))
    else expect(plain(rebuilt)).toEqual(plain(await screenOf(terminal)))
  }
})

test('a snapshot that fails is the page’s own fault, and the terminal goes on', async () => {
  const reportError = vi.fn()
  vi.stubGlobal('reportError', reportError)
  const terminal = makeTerminal()
  const { recorder, of } = fakeRecorder()
  const broken = new Error('broken')
  recordXterm(recorder, terminal, {
    snapshot: () => {
      throw broken
    },
  })
  terminal.write('first')
  terminal.clear()
  terminal.write('second')
  await parsed(terminal)
  await Promise.resolve()
  vi.unstubAllGlobals()
  expect(reportError).toHaveBeenCalledWith(broken)
  expect(of('o').join('')).toBe('\u001bcfirstsecond')
})

test('when the page goes away, what is not yet parsed is recorded, once', async () => {
  const page = new EventTarget()
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page))
  vi.stubGlobal('removeEventListener', page.removeEventListener.bind(page))
  const terminal = makeTerminal()
  const { recorder, of } = fakeRecorder()
  const stop = recordXterm(recorder, terminal)
  terminal.write('the last ')
  terminal.write(new TextEncoder().encode('words'))
  page.dispatchEvent(new Event('pagehide'))
  expect(of('o').join('')).toBe('the last words')
  await parsed(terminal)
  await Promise.resolve()
  expect(of('o').join('')).toBe('the last words')
  stop()
  vi.unstubAllGlobals()
})

test('stop records what was written, and gives the terminal its methods back', async () => {
  const terminal = makeTerminal()
  const own = vi.fn()
  terminal.clear = own
  const { recorder, events } = fakeRecorder()
  const stop = recordXterm(recorder, terminal)
  terminal.write('last')
  stop()
  stop()
  expect(events.at(-1)).toEqual(['o', 'last'])
  expect(Object.hasOwn(terminal, 'write')).toBe(false)
  expect(terminal.clear).toBe(own)
  terminal.write('unheard')
  terminal.input('x')
  terminal.resize(50, 20)
  recorder.resume()
  await parsed(terminal)
  expect(events).toHaveLength(2)
})

test('a method that was wrapped after ours stays, and no longer records', async () => {
  const terminal = makeTerminal()
  const { recorder, of } = fakeRecorder()
  const stop = recordXterm(recorder, terminal)
  const ours = terminal.write
  terminal.write = (data, callback) => ours(`<${data}>`, callback)
  terminal.write('a')
  await parsed(terminal)
  stop()
  terminal.write('b')
  await parsed(terminal)
  expect(of('o').join('')).toContain('<a>')
  expect(of('o').join('')).not.toContain('b')
  expect((await screenOf(terminal))[1]).toContain('<b>')
})

test('what a terminal refuses is refused as before, and not recorded', async () => {
  const terminal = makeTerminal()
  const { recorder, of } = fakeRecorder()
  const refuse = vi.fn(() => {
    throw new Error('write data discarded')
  })
  const { write } = terminal
  terminal.write = (data, callback) => (data === 'too much' ? refuse() : write.call(terminal, data, callback))
  recordXterm(recorder, terminal)
  terminal.write('a')
  expect(() => terminal.write('too much')).toThrow('discarded')
  terminal.write('b')
  await parsed(terminal)
  await Promise.resolve()
  expect(of('o').join('')).toBe('ab')
})

type Act =
  | { do: 'write' | 'bytes' | 'line' | 'type'; text: string; cutAt: number }
  | { do: 'resize'; cols: number; rows: number }
  | { do: 'clear' | 'reset' | 'wait' | 'pause' | 'resume' }

const text = fc
  .array(
    fc.oneof(
      fc.string({ maxLength: 60 }),
      fc.constantFrom('\r\n', '\n\n\n', '\t', '😀', '漢字', 'e\u0301', '\u001b[31mred\u001b[0m', '\u001b[2J'),
      fc.constantFrom('\u001b[H', '\u001b[5;7H', '\u001b[1A', '\u001b[K', 'long '.repeat(30), '\u0007'),
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(''))
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ do: fc.constantFrom('write', 'bytes', 'line', 'type'), text, cutAt: fc.nat(40) }),
  fc.record({
    do: fc.constant('resize' as const),
    cols: fc.integer({ min: 5, max: 90 }),
    rows: fc.integer({ min: 2, max: 20 }),
  }),
  fc.record({ do: fc.constantFrom('clear', 'reset', 'wait', 'wait', 'pause', 'resume') }),
)

test('whatever happens to a terminal, the recording rebuilds its screen', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 30 }), async (acts) => {
      const terminal = makeTerminal()
      const serialize = new SerializeAddon()
      terminal.loadAddon(serialize as unknown as headless.ITerminalAddon)
      const { recorder, events } = fakeRecorder()
      // The serializer has faults of its own, as with a cursor behind the last column.
      let isFaithful = true
      const snapshot = () => {
        const screen = serialize.serialize()
        const copy = makeTerminal(terminal.cols, terminal.rows)
        writeNow(copy, screen)
        isFaithful &&= isDeepStrictEqual(screenNow(copy), screenNow(terminal))
        return screen
      }
      const stop = recordXterm(recorder, terminal, { snapshot })
      for (const one of acts) {
        // Cut anywhere, also inside a character or an escape sequence: what no snapshot may fall into.
        if (one.do === 'write') {
          terminal.write(one.text.slice(0, one.cutAt))
          terminal.write(one.text.slice(one.cutAt))
          await parsed(terminal)
        }
        if (one.do === 'bytes') {
          const bytes = new TextEncoder().encode(one.text)
          terminal.write(bytes.subarray(0, one.cutAt))
          terminal.write(bytes.subarray(one.cutAt))
          await parsed(terminal)
        }
        if (one.do === 'line') terminal.writeln(one.text)
        if (one.do === 'type') terminal.input(one.text)
        if (one.do === 'resize') terminal.resize(one.cols, one.rows)
        if (one.do === 'clear') terminal.clear()
        if (one.do === 'reset') terminal.reset()
        if (one.do === 'wait') await parsed(terminal)
        if (one.do === 'pause') recorder.isPaused = true
        if (one.do === 'resume') recorder.resume()
      }
      if (recorder.isPaused) recorder.resume()
      await parsed(terminal)
      stop()
      fc.pre(isFaithful)
      expect(await rebuiltFrom(events)).toEqual(await screenOf(terminal))
    }),
    { numRuns: 200 },
  )
})
