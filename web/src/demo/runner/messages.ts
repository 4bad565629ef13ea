/** One of the interview's files, ready to be loaded: what its imports name is known. */
export interface RunnableModule {
  path: string
  code: string
  /** Places of the code that name another module, quotes and all, in ascending order. */
  imports: { from: number; to: number; target: { path: string } | { builtin: BuiltinName } }[]
}

/** What programs here may import beside the interview's files. */
export const BUILTIN_NAMES = ['node:test', 'node:assert', 'node:assert/strict'] as const
export type BuiltinName = (typeof BUILTIN_NAMES)[number]

/** To the worker, once. */
export interface RunRequest {
  /** Each behind those it imports; the last one is what was asked for. */
  modules: RunnableModule[]
  kind: 'program' | 'tests'
  args: string[]
}

/** From the worker, in the order in which it happens. */
export type RunMessage =
  /** First of all: from now on what takes long is the candidate's code. */
  | { kind: 'started' }
  | { kind: 'print'; stream: 'out' | 'err'; text: string }
  | { kind: 'plan'; names: string[] }
  | { kind: 'test begins'; name: string }
  | { kind: 'test ended'; result: TestResult }
  /** A module is not JavaScript; the words are the engine's, the place is not known to it. */
  | { kind: 'syntax error'; path: string; message: string }
  | { kind: 'ended'; exitCode: number }

export interface TestResult {
  name: string
  outcome: 'passed' | 'failed' | 'skipped'
  durationMs: number
  /** What the test printed. */
  output: string
  failure: TestFailure | null
}

export interface TestFailure {
  message: string
  /** Of an assertion that compares: both sides, as text. */
  expected?: string
  actual?: string
  /** Places in the interview's files, the innermost first. */
  stack: string[]
}
