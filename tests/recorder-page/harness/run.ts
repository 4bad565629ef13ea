import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seeded } from '../../support/generate.js'
import type { EditorName } from './build-pages.js'
import { Candidate } from './candidate.js'
import { checkRun, type Verdict } from './check.js'
import { fromPatch, type Typing } from './excerpt.js'
import { FAULTS, type FaultKind, type PlannedFault, planFaults } from './faults.js'
import { type Key, keysOf } from './keys.js'
import { Oracle } from './oracle.js'
import type { PageServer } from './page-server.js'
import { settle } from './settle.js'
import type { Stack } from './stack.js'
import { type Typed, typeKeys } from './typist.js'

export interface RunRequest {
  seed: number
  editor: EditorName
  typings: readonly Typing[]
  stack: Stack
  pages: PageServer
  keyCount?: number
  /** Default: those that the seed plans. */
  faults?: readonly PlannedFault[]
}

export interface RunResult extends Verdict {
  seed: number
  editor: EditorName
  typed: Typed
  faults: FaultKind[]
  loads: number
  edits: number
  /** How often a recorder said that it lagged. */
  lagging: number
  settleMs: number
  tookMs: number
}

const KEYS_PER_RUN = 200
const KEYS_PER_SECOND = 20
const FILE_ID = 'src/interview.ts'

/** Types an excerpt of a recording while the seed's faults strike; in the end compares what is kept with what was typed. */
export async function runOnce(request: RunRequest): Promise<RunResult> {
  const { seed, editor, stack } = request
  const startMs = Date.now()
  const random = seeded(seed)
  const { startText, keys } = excerptOf(request.typings, request.keyCount ?? KEYS_PER_RUN, random)
  const faults = request.faults ?? planFaults(keys.length, random)
  await using interview = await openInterview({ ...request, startText })
  const { candidate, oracle, sessionId } = interview

  const striking = strike(faults, { stack, candidate, random })
  const typed = await typeKeys(candidate, keys, { keysPerSecond: KEYS_PER_SECOND, beforeKey: striking.at })
  await striking.over()
  await candidate.whenThere()
  const settleMs = await settle(stack, sessionId, oracle)
  const verdict = await checkRun(stack, sessionId, oracle, FILE_ID)
  return {
    ...verdict,
    findings: [...striking.failures, ...verdict.findings],
    seed,
    editor,
    typed,
    faults: faults.map(({ kind }) => kind),
    loads: oracle.loads.length,
    edits: oracle.edits,
    lagging: oracle.loads.flatMap(({ states }) => states).filter(({ state }) => state === 'lagging').length,
    settleMs,
    tookMs: Date.now() - startMs,
  }
}

/** So many keys from anywhere in a recording; from where it has enough left. */
export function excerptOf(
  typings: readonly Typing[],
  keyCount: number,
  random: () => number,
): { startText: string; keys: Key[] } {
  const typing = typings[Math.floor(random() * typings.length)] as Typing
  const from = Math.floor(random() * Math.max(1, typing.patches.length - keyCount))
  const { startText, patches } = fromPatch(typing, from)
  return { startText, keys: [...keysOf(patches, random)].slice(0, keyCount) }
}

export interface OpenInterview extends AsyncDisposable {
  sessionId: string
  candidate: Candidate
  oracle: Oracle
}

/** A session, and its candidate's page in a browser of its own. */
export async function openInterview(
  request: Pick<RunRequest, 'editor' | 'stack' | 'pages'> & { startText: string },
): Promise<OpenInterview> {
  const { editor, stack, pages, startText } = request
  const session = await stack.world.createSession(stack.server, { timeLimit: 4 * 3600 })
  const profile = await mkdtemp(join(tmpdir(), 'recorder-profile-'))
  const run = randomUUID()
  const oracle = new Oracle()
  const setUp = {
    url: stack.link.url,
    token: session.candidateToken,
    fileId: FILE_ID,
    language: 'typescript',
  }
  const served = pages.serveRun(
    run,
    () => ({ ...setUp, startText }),
    (line) => oracle.take(line),
  )
  const address = `${pages.origin}/${editor}.html?run=${run}`
  const candidate = await Candidate.open({ address, profile, oracle, served })
  return {
    sessionId: session.id,
    candidate,
    oracle,
    [Symbol.asyncDispose]: async () => {
      stack.link.up()
      await candidate.quit()
      served.end()
      await rm(profile, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** Starts each fault at its key, beside the typing; several may last at once. */
function strike(faults: readonly PlannedFault[], target: Parameters<(typeof FAULTS)[FaultKind]>[0]) {
  const waiting = [...faults]
  const running: Promise<void>[] = []
  const failures: string[] = []
  return {
    failures,
    at: (key: number) => {
      while (waiting[0] && waiting[0].key <= key) {
        const { kind, afterMs, lastsMs } = waiting.shift() as PlannedFault
        const done = new Promise((resolve) => setTimeout(resolve, afterMs)).then(() =>
          FAULTS[kind](target, lastsMs),
        )
        running.push(done.catch((error) => void failures.push(`fault ${kind}: ${String(error)}`)))
      }
    },
    over: async () => void (await Promise.all(running)),
  }
}
