import { seeded } from '../../support/generate.js'
import type { EditorName } from './build-pages.js'
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
import { openInterview, type SettledVerdict, verdictOf } from './open-interview.js'
import type { PageServer } from './page-server.js'
import { pause, type Stack } from './stack.js'
import { type Typed, typeKeys } from './typist.js'

export interface RunRequest {
  seed: number
  editor: EditorName
  typings: readonly Typing[]
  stack: Stack
  pages: PageServer
  keyCount?: number | undefined
  /** Types whole recordings, one after another, for so long, in the place of an excerpt. */
  durationMs?: number
}

export interface RunResult extends SettledVerdict {
  seed: number
  editor: EditorName
  typed: Typed
  faults: FaultKind[]
  loads: number
  edits: number
  /** How often a recorder said that it lagged. */
  lagging: number
  tookMs: number
}

const KEYS_PER_RUN = 200
const KEYS_PER_SECOND = 20
const KEYS_BETWEEN_FAULTS = 300
/** Longer than any text; a selection ends where the text does. */
const ALL = Number.MAX_SAFE_INTEGER

/** Types an excerpt of a recording while the seed's faults strike; in the end compares what is kept with what was typed. */
export async function runOnce(request: RunRequest): Promise<RunResult> {
  const { seed, editor, stack } = request
  const startMs = Date.now()
  const random = seeded(seed)
  const { startText, keys, faults } = request.durationMs
    ? longTyping(request.typings, request.durationMs, random)
    : shortTyping(request, random)
  await using interview = await openInterview({ ...request, startText })
  const { candidate, oracle } = interview

  const striking = strike(faults, { stack, candidate, random })
  const typed = await typeKeys(candidate, keys, { keysPerSecond: KEYS_PER_SECOND, beforeKey: striking.at })
  await striking.over()
  const verdict = await verdictOf(stack, interview)
  return {
    ...verdict,
    findings: [...striking.failures, ...verdict.findings],
    seed,
    editor,
    typed,
    faults: striking.struck,
    loads: oracle.loads.length,
    edits: oracle.edits,
    lagging: oracle.loads.flatMap(({ states }) => states).filter(({ state }) => state === 'lagging').length,
    tookMs: Date.now() - startMs,
  }
}

interface PlannedTyping {
  startText: string
  keys: Iterable<Key>
  faults: Iterable<PlannedFault>
}

function shortTyping({ typings, keyCount = KEYS_PER_RUN }: RunRequest, random: () => number): PlannedTyping {
  // First, so that a seed's faults are the same whatever is typed.
  const faults = planFaults(keyCount, random)
  return { ...excerptOf(typings, keyCount, random), faults }
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
