import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EditorName } from './build-pages.js'
import { Candidate } from './candidate.js'
import { checkRun, type Verdict } from './check.js'
import { Oracle } from './oracle.js'
import type { PageServer } from './page-server.js'
import { settle } from './settle.js'
import type { Stack } from './stack.js'

export const FILE_ID = 'src/interview.ts'

export interface InterviewRequest {
  editor: EditorName
  stack: Stack
  pages: PageServer
  startText: string
  initScript?: (() => void) | undefined
}

export interface OpenInterview extends AsyncDisposable {
  sessionId: string
  candidate: Candidate
  oracle: Oracle
}

/** A session, and its candidate's page in a browser of its own. */
export async function openInterview({
  editor,
  stack,
  pages,
  startText,
  initScript,
}: InterviewRequest): Promise<OpenInterview> {
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
  const candidate = await Candidate.open({ address, profile, oracle, initScript })
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

export interface SettledVerdict extends Verdict {
  settleMs: number
}

/** Waits until all that is to come has come, and compares what is kept with what was told. */
export async function verdictOf(stack: Stack, interview: OpenInterview): Promise<SettledVerdict> {
  const { candidate, oracle, sessionId } = interview
  await candidate.whenThere()
  const told = () => oracle.loads.reduce((sum, { events }) => sum + events.length, 0)
  const fromMs = Date.now()
  // An editor has more to say for a while after the last key.
  for (;;) {
    const toldBefore = told()
    const leftOnDisk = await settle(stack, sessionId, oracle, candidate)
    const checked = await checkRun(stack, sessionId, oracle, FILE_ID)
    if (told() === toldBefore) return verdict(leftOnDisk, checked, Date.now() - fromMs, oracle)
  }
}

async function verdict(
  leftOnDisk: Record<string, number>,
  { kept, ...checked }: Awaited<ReturnType<typeof checkRun>>,
  settleMs: number,
  oracle: Oracle,
): Promise<SettledVerdict> {
  const findings = [...diskFindings(leftOnDisk), ...checked.findings]
  if (findings.length > 0) findings.push(`evidence: ${await keepEvidence({ findings, oracle, kept })}`)
  return { ...checked, findings, settleMs }
}

/** What a candidate typed does not stay on a computer that may be anybody's. */
const diskFindings = (leftOnDisk: Record<string, number>): string[] =>
  Object.entries(leftOnDisk).map(([sourceId, entries]) => `${entries} events of ${sourceId} stay on disk`)

/** What was told and what is kept, in a file, for who has to find out why they differ. */
async function keepEvidence(evidence: object): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'recorder-evidence-'))
  const file = join(folder, 'evidence.json')
  await writeFile(file, JSON.stringify(evidence, null, 1))
  return file
}
