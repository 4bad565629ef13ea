import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seeded } from '../../support/generate.js'
import type { EditorName } from './build-pages.js'
import { Candidate } from './candidate.js'
import { checkRun, type Verdict } from './check.js'
import { fromPatch, type Patch, type Typing } from './excerpt.js'
import {
  FAULTS,
  type FaultKind,
  type FaultTarget,
  faultsEvery,
  type PlannedFault,
  planFaults,
} from './faults.js'
import { type Key, keysOf } from './keys.js'
import { Oracle } from './oracle.js'
import type { PageServer } from './page-server.js'
import { settle } from './settle.js'
import { pause, type Stack } from './stack.js'
import { type Typed, typeKeys } from './typist.js'

export interface RunRequest {
  seed: number
  editor: EditorName
  typings: readonly Typing[]
  stack: Stack
  pages: PageServer
  keyCount?: number
  /** Types whole recordings, one after another, for so long, in the place of an excerpt. */
  durationMs?: number
  /** Default: those that the seed plans. */
  faults?: Iterable<PlannedFault>
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
const KEYS_BETWEEN_FAULTS = 300
/** Longer than any text; a selection ends where the text does. */
const ALL = Number.MAX_SAFE_INTEGER
const FILE_ID = 'src/interview.ts'

/** Types an excerpt of a recording while the seed's faults strike; in the end compares what is kept with what was typed. */
export async function runOnce(request: RunRequest): Promise<RunResult> {
  const { seed, editor, stack } = request
  const startMs = Date.now()
  const random = seeded(seed)
  const { startText, keys, faults } = request.durationMs
    ? longTyping(request.typings, request.durationMs, random)
    : shortTyping(request, random)
  await using interview = await openInterview({ ...request, startText })
  const { candidate, oracle, sessionId } = interview

  const striking = strike(faults, { stack, candidate, random })
  const typed = await typeKeys(candidate, keys, { keysPerSecond: KEYS_PER_SECOND, beforeKey: striking.at })
  await striking.over()
  await candidate.whenThere()
  const { tookMs: settleMs, leftOnDisk } = await settle(stack, sessionId, oracle, candidate)
  const { kept, ...verdict } = await checkRun(stack, sessionId, oracle, FILE_ID)
  const findings = [...striking.failures, ...diskFindings(leftOnDisk), ...verdict.findings]
  if (findings.length > 0) findings.push(`evidence: ${await keepEvidence(seed, { findings, oracle, kept })}`)
  return {
    ...verdict,
    findings,
    seed,
    editor,
    typed,
    faults: striking.struck,
    loads: oracle.loads.length,
    edits: oracle.edits,
    lagging: oracle.loads.flatMap(({ states }) => states).filter(({ state }) => state === 'lagging').length,
    settleMs,
    tookMs: Date.now() - startMs,
  }
}

/** What a candidate typed does not stay on a computer that may be anybody's. */
const diskFindings = (leftOnDisk: Record<string, number>): string[] =>
  Object.entries(leftOnDisk).map(([sourceId, entries]) => `${entries} events of ${sourceId} stay on disk`)

/** What was told and what is kept, in a file, for who has to find out why they differ. */
async function keepEvidence(seed: number, evidence: object): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `recorder-run-${seed}-`))
  const file = join(folder, 'evidence.json')
  await writeFile(file, JSON.stringify(evidence, null, 1))
  return file
}

interface PlannedTyping {
  startText: string
  keys: Iterable<Key>
  faults: Iterable<PlannedFault>
}

function shortTyping({ typings, faults, keyCount }: RunRequest, random: () => number): PlannedTyping {
  const { startText, keys } = excerptOf(typings, keyCount ?? KEYS_PER_RUN, random)
  return { startText, keys, faults: faults ?? planFaults(keys.length, random) }
}

function longTyping(typings: readonly Typing[], durationMs: number, random: () => number): PlannedTyping {
  const endMs = Date.now() + durationMs
  function* keys(): Generator<Key> {
    for (let n = 0; ; n++) {
      const { startText, patches } = typings[n % typings.length] as Typing
      const anew: Patch = [0, ALL, startText]
      for (const key of keysOf(n === 0 ? patches : [anew, ...patches], random)) {
        if (Date.now() > endMs) return
        yield key
      }
    }
  }
  const { startText } = typings[0] as Typing
  return { startText, keys: keys(), faults: faultsEvery(KEYS_BETWEEN_FAULTS, random) }
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
  const candidate = await Candidate.open({ address, profile, oracle })
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
function strike(faults: Iterable<PlannedFault>, target: FaultTarget) {
  const plan = faults[Symbol.iterator]()
  let next = plan.next()
  const running = new Set<Promise<void>>()
  const struck: FaultKind[] = []
  const failures: string[] = []
  const start = async ({ kind, afterMs, lastsMs }: PlannedFault) => {
    struck.push(kind)
    await pause(afterMs)
    await FAULTS[kind](target, lastsMs).catch((error) => failures.push(`fault ${kind}: ${String(error)}`))
  }
  return {
    struck,
    failures,
    at: (key: number) => {
      for (; !next.done && next.value.key <= key; next = plan.next()) {
        const done = start(next.value).finally(() => running.delete(done))
        running.add(done)
      }
    },
    over: async () => void (await Promise.all(running)),
  }
}
