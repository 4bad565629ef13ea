import { existsSync } from 'node:fs'
import type { InterviewEvent } from '../../scripts/simulate/interview.js'
import { sampleInterview } from '../../scripts/simulate/samples/samples.js'
import { RECORDINGS_DIR } from '../../scripts/simulate/test-support/recordings.js'
import { weaveInterview } from '../../scripts/simulate/weave/weave-interview.js'
import { applyPatch, fromPatch, readTypings, type Typing } from '../recorder-page/harness/excerpt.js'
import { type GeneratedEvent, generateEvents } from '../support/generate.js'

/** What candidates do: excerpts of recordings, from anywhere in them. */
export interface Load {
  /** What it is made of, for people. */
  description: string
  /** Events without end, from a start that fits them. `canary` is typed now and then: it must be in no log. */
  interview(random: () => number, canary: string): Generator<GeneratedEvent>
}

const FILE = 'solution.ts'
/** Of a hundred events: so many edits, snapshots, awkward texts; the rest is terminal, chat and tests. */
const EDITS = 70
const SNAPSHOTS = 2
const AWKWARD = 5
const CANARY_EVERY = 40
/** Text is put together from the beginning of a recording, which takes time. */
const MOST_PATCHES_BEFORE = 4_000

export async function readLoad(): Promise<Load> {
  const { typings, areReal } = await readTypings()
  const others = (
    existsSync(RECORDINGS_DIR)
      ? weaveInterview(RECORDINGS_DIR).events
      : [0, 1, 2].flatMap((n) => sampleInterview(n).events)
  ).filter(isOther)
  return {
    description: areReal
      ? `recordings in ${RECORDINGS_DIR}`
      : 'the project’s own samples: the real recordings are not at hand',
    interview: (random, canary) => interview(typings, others, random, canary),
  }
}

const isOther = ({ type }: InterviewEvent): boolean =>
  !['code_edit', 'code_snapshot', 'keystroke', 'session_start', 'session_submit'].includes(type)

function* interview(
  typings: readonly Typing[],
  others: readonly InterviewEvent[],
  random: () => number,
  canary: string,
): Generator<GeneratedEvent> {
  const typing = typings[Math.floor(random() * typings.length)] as Typing
  const longest = Math.min(MOST_PATCHES_BEFORE, typing.patches.length >> 1)
  const { startText, patches } = fromPatch(typing, Math.floor(random() * longest))
  let text = startText
  let nextPatch = 0
  let nextOther = Math.floor(random() * others.length)
  yield {
    type: 'session_start',
    data: { questionTitle: typing.name, timeLimit: 3600, files: [{ filePath: FILE, content: text }] },
  }
  for (let n = 1; ; n++) {
    const dice = random() * 100
    if (n % CANARY_EVERY === 0) {
      yield { type: 'terminal_input', data: { command: `echo ${canary}`, workingDirectory: '/' } }
    } else if (dice < EDITS && nextPatch < patches.length) {
      const patch = patches[nextPatch++] as (typeof patches)[number]
      text = applyPatch(text, patch)
      yield { type: 'code_edit', fileId: FILE, data: { changes: [[...patch]], origin: 'typed' } }
    } else if (dice < EDITS + SNAPSHOTS) {
      yield { type: 'code_snapshot', fileId: FILE, data: { fileName: FILE, language: 'ts', content: text } }
    } else if (dice < EDITS + SNAPSHOTS + AWKWARD) {
      yield generateEvents(1, random)[0] as GeneratedEvent
    } else {
      const { type, data, fileId } = others[nextOther++ % others.length] as InterviewEvent
      yield { type, data, ...(fileId !== undefined && { fileId }) }
    }
  }
}
