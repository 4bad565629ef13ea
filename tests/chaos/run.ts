import { ACKS_WITHIN_MS, type Fault } from '../faults/fault.js'
import { seeded } from '../support/generate.js'
import { waitFor } from '../support/wait-for.js'
import { Crowd, type CrowdOptions } from './crowd.js'
import type { Load } from './load.js'
import { pause } from './pause.js'
import type { Strike } from './plan.js'
import { followRecovery, type Recovery } from './recovery.js'
import { type Rig, type RigOptions, startRig } from './rig.js'
import { type Finding, type Verdict, verify } from './verify.js'
import { logFindings, Vitals } from './vitals.js'

export interface RunOptions
  extends Pick<CrowdOptions, 'candidates' | 'eventsPerSecond' | 'sessionMs' | 'seed'>,
    Omit<RigOptions, 'random' | 'say'> {
  load: Load
  /** Chooses from what this rig can have. */
  plan(possible: (fault: Fault) => boolean, random: () => number): Iterable<Strike>
  /** No strike begins after so long. */
  durationMs: number
  signal: AbortSignal
  journal: Journal
}

/** What is told while a run goes on. */
export interface Journal {
  stage(text: string): void
  struck(names: string, text: string): void
  recovered(names: string, recovery: Recovery): void
  progress(crowd: Crowd): void
}

/** One or two faults that came together, and how the system came back. */
export interface StrikeResult extends Recovery {
  names: string[]
  /** From its beginning until the part was back. */
  lastedMs: number
}

export interface RunResult extends Verdict {
  seed: number
  tookMs: number
  strikes: StrikeResult[]
  longestStallMs: number
  peakRssMib: Record<string, number>
  /** By process, for who looks into a failed run. */
  logs: Record<string, string>
  crowd: Crowd
}

/** A drained backlog of a fault of up to a minute. */
export const COMMITTED_WITHIN_MS = 30_000
/** More candidates, who all connect again on the same machine, may take more by as much. */
const BOUNDS_ARE_FOR = 200
/** See followRecovery. */
const AGAIN_AFTER_MS = 2_000
const PROGRESS_EVERY_MS = 30_000

/** One run from its start to its verdict. */
export async function runChaos(options: RunOptions): Promise<RunResult> {
  const startMs = Date.now()
  const random = seeded(options.seed)
  const said: string[] = []
  const rig = await startRig({ ...options, random, say: (text) => said.push(text) })
  try {
    const canary = `canary-${options.seed}-${startMs.toString(36)}`
    const parts = [...rig.servers, ...rig.workers]
    const vitals = new Vitals(parts)
    const crowd = new Crowd(rig, { ...options, canary }, await rig.world.token('service'))
    crowd.start()
    const { journal, candidates } = options
    const isRecording = () => crowd.recording().filter((log) => log.ackedSeq > 0).length >= candidates * 0.9
    await waitFor('candidates to record', isRecording, 60_000).catch((error) => {
      throw new Error(
        [error.message, ...crowd.accidents, ...parts.map((part) => part.output().slice(-2_000))].join('\n'),
      )
    })
    const { strikes, findings } = await strike(rig, crowd, random, said, options)
    journal.stage('no more faults; candidates submit')
    await crowd.leave()
    const verdict = await verify(rig, crowd, journal.stage)
    vitals.stop()
    const logs = Object.fromEntries(parts.map((part) => [part.name, part.output()]))
    logs.postgres = rig.postgres.output()
    return {
      ...verdict,
      findings: [
        ...findings,
        ...verdict.findings,
        ...crowd.accidents.map((text): Finding => ({ kind: 'broke off', text })),
        ...parts.flatMap(({ accidents }) => accidents).map((text): Finding => ({ kind: 'process', text })),
        ...vitals.findings().map((text): Finding => ({ kind: 'memory', text })),
        ...Object.entries(logs)
          .flatMap(([name, output]) => logFindings(name, output, canary))
          .map((text): Finding => ({ kind: 'log', text })),
      ],
      seed: options.seed,
      tookMs: Date.now() - startMs,
      strikes,
      longestStallMs: Math.max(0, ...crowd.sessions.map(({ longestStallMs }) => longestStallMs)),
      peakRssMib: Object.fromEntries(vitals.peakRssMib),
      logs,
      crowd,
    }
  } finally {
    await rig[Symbol.asyncDispose]()
  }
}

async function strike(rig: Rig, crowd: Crowd, random: () => number, said: string[], options: RunOptions) {
  const { journal, signal } = options
  const strikes: StrikeResult[] = []
  const findings: Finding[] = []
  const following: Promise<void>[] = []
  const endMs = Date.now() + options.durationMs
  const progress = setInterval(() => journal.progress(crowd), PROGRESS_EVERY_MS)
  const possible = (fault: Fault) => (fault.obstacle?.(rig) ?? null) === null
  let next = new AbortController()
  try {
    for (const { faults, pauseMs, waitsForCommit } of options.plan(possible, random)) {
      if (signal.aborted || Date.now() > endMs) break
      // What a new fault holds up says nothing of the one before.
      next.abort()
      next = new AbortController()
      const names = faults.map(({ name }) => name)
      const label = names.join(' + ')
      const struckAtMs = Date.now()
      const outcomes = await Promise.allSettled(faults.map((fault) => fault.run(rig)))
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected')
          findings.push({ kind: 'fault', text: `${label}: ${outcome.reason}` })
      }
      const lastedMs = Date.now() - struckAtMs
      journal.struck(label, said.splice(0).join('; '))
      const { acks, whole } = followRecovery(crowd, rig.world.sql, AGAIN_AFTER_MS * options.pace, next.signal)
      const followed = whole.then((recovery) => {
        strikes.push({ names, lastedMs, ...recovery })
        journal.recovered(label, recovery)
        findings.push(...lateFindings(faults, recovery, Math.max(1, options.candidates / BOUNDS_ARE_FOR)))
      })
      following.push(followed)
      await acks
      if (waitsForCommit) await followed
      await pause(pauseMs * options.pace, signal)
    }
    await Promise.all(following)
  } finally {
    clearInterval(progress)
  }
  return { strikes, findings }
}

/** Bounds are those of the slowest where faults came together. */
function lateFindings(
  faults: readonly Fault[],
  { acksAgainMs, committedMs }: Recovery,
  times: number,
): Finding[] {
  const label = faults.map(({ name }) => name).join(' + ')
  const findings: Finding[] = []
  const withinMs = times * Math.max(...faults.map((fault) => fault.acksWithinMs ?? ACKS_WITHIN_MS))
  if (acksAgainMs === null || acksAgainMs > withinMs)
    findings.push({
      kind: 'acks late',
      text: `${label}: acks again after ${acksAgainMs ?? 'more than 40,000'} ms`,
    })
  if (committedMs !== null && committedMs > times * COMMITTED_WITHIN_MS)
    findings.push({ kind: 'backlog late', text: `${label}: committed again after ${committedMs} ms` })
  return findings
}
