import type { RecordedRun, TestRunRecording } from '../recording/record-tests.js'
import { Store } from '../store.js'
import type { TestResult } from './messages.js'
import { plainFailure, resultLine, summaryText } from './report.js'
import { runCode } from './run-code.js'

export interface TestRunView {
  /** 1 for the first run of this page. */
  number: number
  state: 'running' | 'done'
  results: readonly TestResult[]
  plannedCount: number
  durationMs: number
  /** What kept a file from being run at all, as it was printed. */
  problem: string
}

export interface RunnerFiles {
  paths(): string[]
  read(path: string): string | null
  /** Tests run on what is saved. */
  saveAll(): void
}

/** Runs the interview's tests, file by file, and keeps the last run for the panel beside the editor. */
export class TestRunner {
  readonly view = new Store<TestRunView | null>(null)

  constructor(
    private readonly files: RunnerFiles,
    private readonly recording: TestRunRecording,
  ) {}

  /** @param only parts of paths; all test files without any */
  async run(
    only: readonly string[],
    io: { out(text: string): void; err(text: string): void; signal: AbortSignal },
  ): Promise<number> {
    const paths = this.files.paths().filter((path) => /\.test\.[cm]?js$/.test(path))
    const chosen =
      only.length === 0 ? paths : paths.filter((path) => only.some((part) => path.includes(part)))
    if (chosen.length === 0) {
      io.err('There is no test file. Its name ends with .test.js\n')
      return 1
    }
    this.files.saveAll()
    const number = (this.view.get()?.number ?? 0) + 1
    this.view.set({ number, state: 'running', results: [], plannedCount: 0, durationMs: 0, problem: '' })
    const startMs = performance.now()
    let exitCode = 0
    for (const path of chosen) {
      if (io.signal.aborted) break
      const code = await this.#runFile(path, io)
      exitCode ||= code
    }
    const durationMs = performance.now() - startMs
    this.view.update((view) => view && { ...view, state: 'done', durationMs })
    const { results = [], plannedCount = 0 } = this.view.get() ?? {}
    io.out(summaryText(results, plannedCount, durationMs))
    return exitCode
  }

  async #runFile(
    path: string,
    io: { out(text: string): void; err(text: string): void; signal: AbortSignal },
  ): Promise<number> {
    io.out(`${path}\n`)
    const run = this.recording.begin(path)
    let printedErrors = ''
    let isPlanned = false
    const code = await runCode({
      entry: path,
      kind: 'tests',
      read: (each) => this.files.read(each),
      onPrint: (stream, text) => {
        if (stream === 'err') printedErrors += text
        io[stream](text)
      },
      onPlan: (names) => {
        isPlanned = true
        run.plan(names.length)
        this.view.update((view) => view && { ...view, plannedCount: view.plannedCount + names.length })
      },
      onTest: (result) => {
        io.out(resultLine(result))
        record(run, result)
        this.view.update((view) => view && { ...view, results: [...view.results, result] })
      },
      signal: io.signal,
    })
    // Without a plan there was nothing to run: the file, or one that it needs, is no program.
    if (isPlanned) run.end()
    else {
      run.end(printedErrors)
      this.view.update((view) => view && { ...view, problem: view.problem + printedErrors })
    }
    return code
  }
}

function record(run: RecordedRun, result: TestResult): void {
  const { name, outcome, durationMs, output } = result
  const error = plainFailure(result)
  if (outcome === 'skipped') return
  run.result({
    testName: name,
    passed: outcome === 'passed',
    duration: durationMs,
    ...(output !== '' && { output }),
    ...(error !== undefined && { error }),
  })
}
