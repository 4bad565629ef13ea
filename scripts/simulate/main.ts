import { setMaxListeners } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createApi, type RecorderError, type SessionApi } from '../../client-sdk/src/index.js'
import type { Interview } from './interview.js'
import { AckLatency } from './latency.js'
import { HELP, type Options, parseOptions, type Speed } from './options.js'
import type { Clock } from './play.js'
import { isRecording, recordedInterview } from './recorded-interview.js'
import { type Output, startProgress, summary } from './report.js'
import { isComplete, newRun, runSession, type SessionRun } from './run-session.js'
import { findSystem, NoSystem, type RunningSystem } from './running-system.js'
import { sampleInterview } from './samples/samples.js'
import { weaveInterview } from './weave/weave-interview.js'

// This file runs as dist/scripts/simulate/main.js.
const PROJECT_ROOT = fileURLToPath(new URL('../../../', import.meta.url))

/** With --speed left out, the longest interview takes this long. */
const AUTO_DURATION_MS = 120_000
/** Calls are repeated for some minutes: a service that is being restarted comes back. */
const API_RETRIES = 60
const MOST_UNCOMMITTED_BYTES = 256 * 1024 * 1024
const MOST_UNCOMMITTED_BYTES_PER_SESSION = 16 * 1024 * 1024

const EXIT = { complete: 0, incomplete: 1, wrongOption: 2, interrupted: 130 }

export interface Surroundings {
  env: NodeJS.ProcessEnv
  out: Output
  err: Output
  /** Aborted on Ctrl-C. */
  signal: AbortSignal
}

/** The command `npm run simulate`. Resolves to its exit code. */
export async function simulate(
  args: readonly string[],
  { env, out, err, signal }: Surroundings,
): Promise<number> {
  const parsed = parseOptions(args, env)
  if (parsed.kind === 'help') {
    out.write(HELP)
    return EXIT.complete
  }
  if (parsed.kind === 'wrong') {
    err.write(`${parsed.problem} See npm run simulate -- --help\n`)
    return EXIT.wrongOption
  }
  try {
    const { options } = parsed
    const system = findSystem(options, env, PROJECT_ROOT)
    await checkAccess(system)
    const runs = plan(options, Date.now())
    await run(runs, options.speed, system, out, signal)
    if (!runs.every(isComplete)) return EXIT.incomplete
    return signal.aborted ? EXIT.interrupted : EXIT.complete
  } catch (error) {
    err.write(`${error instanceof Error ? error.message : error}\n`)
    return EXIT.incomplete
  }
}

/** @throws NoSystem when the service does not answer or will not have the token */
async function checkAccess({ url, token }: RunningSystem): Promise<void> {
  try {
    await createApi({ url, token, retries: 1 }).listSessions({ limit: 1 })
  } catch (error) {
    const { code, message } = error as RecorderError
    throw new NoSystem(
      code === 'UNREACHABLE'
        ? `${url} does not answer. Is the system running? \`npm start\` in another terminal starts one.`
        : `${url}: ${message}`,
    )
  }
}

function plan({ sessionCount, from }: Options, nowMs: number): SessionRun[] {
  const given = from === null ? null : isRecording(from) ? recordedInterview(from) : weaveInterview(from)
  const stamp = nowMs.toString(36)
  return Array.from({ length: sessionCount }, (_, n) =>
    newRun({ candidateId: `sim-${stamp}-${n + 1}`, interview: given ?? sampleInterview(n) }),
  )
}

async function run(
  runs: readonly SessionRun[],
  wantedSpeed: Speed,
  { url, token }: RunningSystem,
  out: Output,
  signal: AbortSignal,
): Promise<void> {
  const interviews = runs.map(({ plan }) => plan.interview)
  const speed = wantedSpeed === 'auto' ? autoSpeed(interviews) : wantedSpeed
  for (const line of new Set(interviews.map((interview) => interview.description))) out.write(`${line}\n`)
  out.write(`Playing ${speed === 'max' ? 'at full speed' : `${speed}× as fast as life`} into ${url}\n`)

  // Every session listens for the interruption.
  setMaxListeners(0, signal)
  const latency = new AckLatency()
  const api: SessionApi = createApi({ url, token, retries: API_RETRIES })
  const maxUncommittedBytes = Math.min(
    MOST_UNCOMMITTED_BYTES_PER_SESSION,
    MOST_UNCOMMITTED_BYTES / runs.length,
  )
  const context = { url, api, speed, maxUncommittedBytes, clock: systemClock, latency, signal }
  const progress = startProgress(out, runs, latency, systemClock.nowMs)
  await Promise.all(runs.map((one) => runSession(one, context)))
  progress.stop()
  out.write(summary(runs, latency, url))
}

function autoSpeed(interviews: readonly Interview[]): number {
  const longestMs = Math.max(...interviews.map((interview) => interview.durationMs))
  return Math.max(1, Math.round(longestMs / AUTO_DURATION_MS))
}

const systemClock: Clock = {
  nowMs: Date.now,
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve()
      const wake = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      const timer = setTimeout(wake, ms)
      signal.addEventListener('abort', wake)
    }),
}
