import type { TestResult } from '../messages.js'
import { failureOf } from './failure.js'

type Run = (context: object) => unknown
type Define = (name: string | Run, options?: object | Run, run?: Run) => void

interface Suite {
  name: string
  parent: Suite | null
  before: Run[]
  after: Run[]
  beforeEach: Run[]
  afterEach: Run[]
}

interface Test {
  name: string
  suite: Suite
  run: Run
  mode: 'run' | 'skip' | 'only'
}

export interface HarnessEvents {
  plan(names: string[]): void
  begins(name: string): void
  ended(result: TestResult): void
  /** What was printed since it was asked last. */
  takeOutput(): string
  nowMs(): number
}

/** The part of `node:test` that interviews use: tests, suites and hooks, run one after the other. */
export class Harness {
  readonly #tests: Test[] = []
  #suite: Suite = newSuite('', null)
  /** Rejects the test that runs, for errors that no promise of it carries. */
  #reject: ((error: unknown) => void) | null = null

  /** What `import { … } from 'node:test'` finds. */
  readonly api = {
    test: this.#definer(),
    it: this.#definer(),
    describe: (name: string, options: object | (() => void), run?: () => void) =>
      this.#describe(name, run ?? options),
    suite: (name: string, options: object | (() => void), run?: () => void) =>
      this.#describe(name, run ?? options),
    before: (run: Run) => void this.#suite.before.push(run),
    after: (run: Run) => void this.#suite.after.push(run),
    beforeEach: (run: Run) => void this.#suite.beforeEach.push(run),
    afterEach: (run: Run) => void this.#suite.afterEach.push(run),
  }

  /** Runs what was defined; answers whether all of it passed. */
  async run(events: HarnessEvents): Promise<boolean> {
    const only = this.#tests.some((test) => test.mode === 'only')
    const begun = new Set<Suite>()
    let allPassed = true
    events.plan(this.#tests.map(nameOf))
    for (const [i, test] of this.#tests.entries()) {
      const isSkipped = test.mode === 'skip' || (only && test.mode !== 'only')
      const result = isSkipped ? skipped(test) : await this.#runTest(test, begun, events)
      // Hooks behind a suite's last test.
      const later = this.#tests.slice(i + 1).flatMap(({ suite }) => suitesOf(suite))
      for (const suite of suitesOf(test.suite).reverse()) {
        if (begun.has(suite) && !later.includes(suite)) await this.#runHooks(suite.after, result)
      }
      if (result.outcome === 'failed') allPassed = false
      events.ended(result)
    }
    return allPassed
  }

  /** An error that came from a timer or a promise nobody waits for; false where no test runs. */
  fail(error: unknown): boolean {
    this.#reject?.(error)
    return this.#reject !== null
  }

  async #runTest(test: Test, begun: Set<Suite>, events: HarnessEvents): Promise<TestResult> {
    const name = nameOf(test)
    events.begins(name)
    events.takeOutput()
    const startMs = events.nowMs()
    let failure: TestResult['failure'] = null
    try {
      const suites = suitesOf(test.suite)
      for (const suite of suites) {
        if (begun.has(suite)) continue
        begun.add(suite)
        for (const hook of suite.before) await this.#guarded(hook)
      }
      for (const suite of suites) for (const hook of suite.beforeEach) await this.#guarded(hook)
      await this.#guarded(test.run)
      for (const suite of suites.toReversed()) for (const hook of suite.afterEach) await this.#guarded(hook)
    } catch (error) {
      failure = failureOf(error)
    }
    const durationMs = Math.round((events.nowMs() - startMs) * 100) / 100
    return {
      name,
      outcome: failure === null ? 'passed' : 'failed',
      durationMs,
      output: events.takeOutput(),
      failure,
    }
  }

  async #runHooks(hooks: readonly Run[], result: TestResult): Promise<void> {
    try {
      for (const hook of hooks) await this.#guarded(hook)
    } catch (error) {
      result.outcome = 'failed'
      result.failure ??= failureOf(error)
    }
  }

  #guarded(run: Run): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      this.#reject = reject
      // In a turn of its own, so that what throws at once rejects too.
      Promise.resolve({})
        .then(run)
        .then(() => resolve(), reject)
    }).finally(() => {
      this.#reject = null
    })
  }

  #definer() {
    const define =
      (mode: Test['mode']): Define =>
      (name, options, run) => {
        const body = [name, options, run].find((each): each is Run => typeof each === 'function')
        const title = typeof name === 'string' ? name : name.name || 'a test without a name'
        const skips = typeof options === 'object' && 'skip' in options && options.skip !== false
        this.#tests.push({
          name: title,
          suite: this.#suite,
          run: body ?? (() => {}),
          mode: skips || body === undefined ? 'skip' : mode,
        })
      }
    return Object.assign(define('run'), { skip: define('skip'), todo: define('skip'), only: define('only') })
  }

  #describe(name: string, run: unknown): void {
    const outer = this.#suite
    this.#suite = newSuite(name, outer)
    try {
      if (typeof run === 'function') run()
    } finally {
      this.#suite = outer
    }
  }
}

const newSuite = (name: string, parent: Suite | null): Suite => ({
  name,
  parent,
  before: [],
  after: [],
  beforeEach: [],
  afterEach: [],
})

/** From the outermost in. */
const suitesOf = (suite: Suite | null): Suite[] => (suite === null ? [] : [...suitesOf(suite.parent), suite])

const nameOf = ({ name, suite }: Test): string =>
  [...suitesOf(suite).map((each) => each.name), name].filter((each) => each !== '').join(' › ')

const skipped = (test: Test): TestResult => ({
  name: nameOf(test),
  outcome: 'skipped',
  durationMs: 0,
  output: '',
  failure: null,
})
