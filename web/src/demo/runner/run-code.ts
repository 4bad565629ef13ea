import type { RunMessage, TestResult } from './messages.js'
import { collectModules, ModuleError, syntaxErrorPlace } from './module-graph.js'

/** Nothing of it may take longer without a sign: a module, a test. An endless loop never gives one. */
const SILENCE_MS = 5_000
/** Until the worker is there at all: its file is fetched and a thread started, on a busy computer after seconds. */
const START_MS = 60_000
const EXIT = { failed: 1, timedOut: 124, interrupted: 130 }

export interface RunOptions {
  entry: string
  kind: 'program' | 'tests'
  args?: string[]
  read: (path: string) => string | null
  onPrint(stream: 'out' | 'err', text: string): void
  onPlan?(names: string[]): void
  onTest?(result: TestResult): void
  signal: AbortSignal
  /** Makes the worker; tests bring their own. */
  makeWorker?: () => RunnerWorker
  silenceMs?: number
  startMs?: number
}

export type RunnerWorker = Pick<Worker, 'postMessage' | 'terminate' | 'onmessage' | 'onerror'>

/**
 * Runs a program or a file of tests in a worker of its own, which is ended whatever the code does. Answers the exit
 * code; what goes wrong is printed.
 */
export function runCode(options: RunOptions): Promise<number> {
  const { entry, kind, args = [], read, onPrint, signal } = options
  let modules: ReturnType<typeof collectModules>
  try {
    modules = collectModules(entry, read)
  } catch (error) {
    if (!(error instanceof ModuleError)) throw error
    onPrint('err', `Error: ${error.message}\n`)
    return Promise.resolve(EXIT.failed)
  }
  const silenceMs = options.silenceMs ?? SILENCE_MS
  return new Promise((resolve) => {
    const worker = (options.makeWorker ?? startWorker)()
    let underWay: string | null = null
    let timer: ReturnType<typeof setTimeout> | undefined
    const end = (exitCode: number) => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      worker.terminate()
      resolve(exitCode)
    }
    const onAbort = () => end(EXIT.interrupted)
    const waitForStart = () => {
      timer = setTimeout(() => {
        onPrint('err', `${entry}: The runner did not start. Please try again.\n`)
        end(EXIT.failed)
      }, options.startMs ?? START_MS)
    }
    const wait = () => {
      clearTimeout(timer)
      timer = setTimeout(() => {
        const message = `No end after ${silenceMs / 1000} s. Is there an endless loop?`
        if (underWay === null) onPrint('err', `${entry}: ${message}\n`)
        else options.onTest?.({ ...unended(underWay, silenceMs), failure: { message, stack: [] } })
        end(EXIT.timedOut)
      }, silenceMs)
    }
    worker.onmessage = ({ data }: MessageEvent<RunMessage>) => {
      switch (data.kind) {
        case 'started':
          // Not before: whoever waits for a thread has no endless loop.
          wait()
          break
        case 'print':
          // Printing is no sign of an end coming: a loop may print for ever.
          onPrint(data.stream, data.text)
          break
        case 'plan':
          options.onPlan?.(data.names)
          wait()
          break
        case 'test begins':
          underWay = data.name
          wait()
          break
        case 'test ended':
          underWay = null
          options.onTest?.(data.result)
          wait()
          break
        case 'syntax error':
          onPrint('err', syntaxErrorText(data.path, data.message, read(data.path) ?? ''))
          break
        case 'ended':
          end(data.exitCode)
          break
      }
    }
    worker.onerror = (event) => {
      onPrint('err', `The runner itself failed: ${event.message}\n`)
      end(EXIT.failed)
    }
    if (signal.aborted) return onAbort()
    signal.addEventListener('abort', onAbort)
    waitForStart()
    worker.postMessage({ modules, kind, args: [entry, ...args] })
  })
}

const startWorker = (): RunnerWorker =>
  new Worker(new URL('./code-runner.ts', import.meta.url), { type: 'module', name: 'code-runner' })

const unended = (name: string, durationMs: number) => ({
  name,
  outcome: 'failed' as const,
  durationMs,
  output: '',
})

/** The engine says what is wrong and not where; the editor's parser says where. */
function syntaxErrorText(path: string, message: string, code: string): string {
  const place = syntaxErrorPlace(code)
  if (place === null) return `${path}\nSyntaxError: ${message}\n`
  const line = code.split('\n')[place.line - 1] ?? ''
  return `${path}:${place.line}:${place.column}\n${line}\n${' '.repeat(place.column - 1)}^\nSyntaxError: ${message}\n`
}
