import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { areProcessesFresh } from '../../scripts/bare/build.mjs'
import { RUN_MARK } from '../../scripts/bare/run-suite.mjs'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** A server or worker process of the product, as built into dist/. */
export interface ProductProcess {
  readonly pid: number
  readonly port: number
  /** http://127.0.0.1:port */
  readonly url: string
  /** Everything it wrote, for messages and for checks of what must not be logged. */
  output(): string
  /** SIGKILL, and waits until the process is gone. */
  kill(): Promise<void>
  /** SIGTERM; resolves to the exit code. */
  stop(): Promise<number | null>
  /** Resolves to the exit code, null after a signal. */
  readonly exited: Promise<number | null>
  signal(signal: NodeJS.Signals): void
}

const START_TIMEOUT_MS = 45_000

/**
 * What production runs.
 * @throws where it is not what the sources say: a test of it would say nothing
 */
export function mainOf(folder: 'server' | 'workers'): string {
  isFresh ??= areProcessesFresh(ROOT)
  if (!isFresh) throw new Error('dist/run is older than the sources: run `npm run build` first')
  return `${ROOT}dist/run/${folder}/main.js`
}

let isFresh: boolean | undefined

/** Starts `dist/run/<folder>/main.js` and waits until it says that it is ready. */
export async function startProcess(
  folder: 'server' | 'workers',
  env: Record<string, string>,
): Promise<ProductProcess> {
  const child = spawn(process.execPath, [mainOf(folder)], {
    env: { PATH: process.env.PATH ?? '', ...runMark(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  const port = await new Promise<number>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${folder} did not start:\n${output}`)), START_TIMEOUT_MS)
    child.once('exit', (code) => reject(new Error(`${folder} exited with ${code}:\n${output}`)))
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString()
      const ready = /"port":(\d+),"msg":"(?:server|worker) ready"/.exec(output)
      if (!ready) return
      clearTimeout(timer)
      resolve(Number(ready[1]))
    })
  }).catch((error) => {
    child.kill('SIGKILL')
    throw error
  })
  const exited = (async () => {
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    return child.exitCode
  })()
  return {
    pid: child.pid as number,
    port,
    url: `http://127.0.0.1:${port}`,
    output: () => output,
    exited,
    kill: async () => {
      child.kill('SIGKILL')
      await exited
    },
    stop: async () => {
      child.kill('SIGTERM')
      return exited
    },
    signal: (signal) => signalTo(child, signal),
  }
}

/** Whatever outlives the tests is found by it, and ended. */
export const runMark = (): Record<string, string> =>
  process.env[RUN_MARK] === undefined ? {} : { [RUN_MARK]: process.env[RUN_MARK] }

const signalTo = (child: ChildProcess, signal: NodeJS.Signals): void => {
  child.kill(signal)
}
