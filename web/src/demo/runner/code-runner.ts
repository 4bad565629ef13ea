import {
  BUILTIN_NAMES,
  type BuiltinName,
  type RunMessage,
  type RunnableModule,
  type RunRequest,
} from './messages.js'
import { assert } from './worker/assert.js'
import { uncaughtText } from './worker/failure.js'
import { Harness } from './worker/harness.js'
import { formatAll } from './worker/inspect.js'
import { countTimers } from './worker/timers.js'

// The worker that runs a candidate's code: a program, or a file of tests. One worker runs one thing and is ended.
// The policy that comes with this file (server/http/security-headers.ts) lets it run any code and reach nobody.

const MAX_OUTPUT_CHARS = 256 * 1024
/** Where the builtin modules find what they export. */
const EXPORTS = '__interview'

const send = (message: RunMessage) => postMessage(message)
const harness = new Harness()
let printedChars = 0
let testOutput = ''

addEventListener('message', (event: MessageEvent<RunRequest>) => void run(event.data), { once: true })

async function run({ modules, kind, args }: RunRequest): Promise<void> {
  send({ kind: 'started' })
  const whenIdle = prepare(args)
  const urls = new Map<string, string>(
    BUILTIN_NAMES.map((name) => [name, moduleUrl(builtinSource(name))] as const),
  )
  for (const module of modules) {
    const url = moduleUrl(linked(module, urls))
    urls.set(module.path, url)
    try {
      await import(/* @vite-ignore */ url)
    } catch (error) {
      if (error instanceof SyntaxError && !/interview:/.test(error.stack ?? ''))
        send({ kind: 'syntax error', path: module.path, message: error.message })
      else print('err', uncaughtText(error))
      return end(1)
    }
  }
  if (kind === 'program') {
    await whenIdle()
    return end(0)
  }
  const passed = await harness.run({
    plan: (names) => send({ kind: 'plan', names }),
    begins: (name) => send({ kind: 'test begins', name }),
    ended: (result) => send({ kind: 'test ended', result }),
    takeOutput: () => {
      const output = testOutput
      testOutput = ''
      return output
    },
    nowMs: () => performance.now(),
  })
  end(passed ? 0 : 1)
}

/** Makes the worker look like Node.js, as far as small programs look. */
function prepare(args: string[]): () => Promise<void> {
  const scope = globalThis as typeof globalThis & Record<string, unknown>
  // The page's own stores: a slip of a program must not reach the recorder's. Candidates could, with the tools of
  // their browser; nothing here keeps them from it.
  for (const name of ['indexedDB', 'caches', 'BroadcastChannel'])
    Object.defineProperty(scope, name, { value: undefined })
  Object.defineProperty(navigator, 'locks', { value: undefined })
  const log =
    (stream: 'out' | 'err') =>
    (...values: unknown[]) =>
      print(stream, `${formatAll(values)}\n`)
  Object.assign(console, {
    log: log('out'),
    info: log('out'),
    debug: log('out'),
    dir: (value: unknown) => log('out')(value),
    table: (value: unknown) => log('out')(value),
    warn: log('err'),
    error: log('err'),
    trace: log('err'),
    assert: (holds: unknown, ...values: unknown[]) => {
      if (!holds) print('err', `Assertion failed${values.length > 0 ? `: ${formatAll(values)}` : ''}\n`)
    },
  })
  Object.assign(scope, {
    process: {
      argv: ['node', ...args],
      env: {},
      exitCode: undefined,
      exit: (code = 0) => {
        end(code)
        // Nothing behind it runs; the page ends the worker meanwhile.
        for (;;);
      },
      stdout: { write: (text: string) => print('out', String(text)) },
      stderr: { write: (text: string) => print('err', String(text)) },
      nextTick: (act: () => void) => queueMicrotask(act),
    },
    [EXPORTS]: { 'node:test': harness.api, 'node:assert': assert, 'node:assert/strict': assert },
  })
  const onStray = (error: unknown) => {
    if (harness.fail(error)) return
    print('err', uncaughtText(error))
    end(1)
  }
  addEventListener('error', (event) => {
    event.preventDefault()
    onStray(event.error)
  })
  addEventListener('unhandledrejection', (event) => {
    event.preventDefault()
    onStray(event.reason)
  })
  return countTimers(scope)
}

function end(exitCode: number): void {
  const { process } = globalThis as unknown as { process: { exitCode?: number } }
  send({ kind: 'ended', exitCode: exitCode === 0 ? (process.exitCode ?? 0) : exitCode })
}

function print(stream: 'out' | 'err', text: string): void {
  if (printedChars > MAX_OUTPUT_CHARS) return
  printedChars += text.length
  testOutput += text
  send({ kind: 'print', stream, text })
  if (printedChars > MAX_OUTPUT_CHARS)
    send({ kind: 'print', stream: 'err', text: `[cut after ${MAX_OUTPUT_CHARS} characters]\n` })
}

/** The code with the addresses of its modules in the place of their names; lines stay where they were. */
function linked({ path, code, imports }: RunnableModule, urls: ReadonlyMap<string, string>): string {
  let text = ''
  let from = 0
  for (const { target, ...place } of imports) {
    const url = urls.get('path' in target ? target.path : target.builtin) ?? ''
    text += code.slice(from, place.from) + JSON.stringify(url)
    from = place.to
  }
  return `${text}${code.slice(from)}\n//# sourceURL=interview:///${path}`
}

function builtinSource(name: BuiltinName): string {
  const exported = name === 'node:test' ? harness.api : assert
  const names = Object.keys(exported).filter((each) => each !== 'default')
  const main = name === 'node:test' ? 'all.test' : 'all'
  return `const all = globalThis.${EXPORTS}[${JSON.stringify(name)}]
export default ${main}
export const { ${names.join(', ')} } = all`
}

const moduleUrl = (source: string): string =>
  URL.createObjectURL(new Blob([source], { type: 'text/javascript' }))
