import { z } from 'zod'
import type { InterviewEvent } from '../interview.js'
import { MAX_GAP_MS } from './shorten-gaps.js'

/** A coding agent's run: what it was told, then in turns what it said, ran and saw. */
export const trajectorySchema = z.object({
  history: z.array(z.object({ role: z.string(), content: z.unknown() })),
  trajectory: z.array(
    z.object({
      response: z.string(),
      action: z.string(),
      observation: z.string(),
      execution_time: z.coerce.number().nonnegative().catch(0),
      state: z.unknown(),
    }),
  ),
  info: z.object({ exit_status: z.string().nullish() }).catch({}),
})
export type Trajectory = z.infer<typeof trajectorySchema>
type Turn = Trajectory['trajectory'][number]

// A trajectory tells how long commands ran, but not when anything was said. These paces are ours.
const READ_MS_PER_CHAR = 12
const WRITE_MS_PER_CHAR = 25
const LEAST_PAUSE_MS = 4000
const BEFORE_COMMAND_MS = 1200

/** Turns as ai_interaction, commands as terminal_input and terminal_output, runs of tests as test results. */
export function agentStream(run: Trajectory): InterviewEvent[] {
  const events: InterviewEvent[] = []
  let offsetMs = 0
  const add = (type: InterviewEvent['type'], data: Record<string, unknown>) =>
    events.push({ offsetMs, type, data })
  const pause = (ms: number) => {
    offsetMs += Math.min(Math.max(ms, LEAST_PAUSE_MS), MAX_GAP_MS)
  }

  for (const { role, content } of openingTurns(run)) {
    add('ai_interaction', { role, content })
    pause(content.length * READ_MS_PER_CHAR)
  }
  let workingDirectory = directoryOf(run.trajectory[0])
  for (const turn of run.trajectory) {
    add('ai_interaction', { role: 'assistant', content: turn.response })
    offsetMs += BEFORE_COMMAND_MS
    add('terminal_input', { command: turn.action, workingDirectory })
    const test = testOf(turn, run)
    if (test) add('test_run_start', test.start)
    offsetMs += Math.round(turn.execution_time * 1000)
    // Neither exit codes nor which stream the output came from were recorded; unknown is not zero.
    add('terminal_output', { output: turn.observation, exitCode: null })
    if (test) add('test_result', test.result)
    workingDirectory = directoryOf(turn) ?? workingDirectory
    pause(turn.observation.length * READ_MS_PER_CHAR + turn.response.length * WRITE_MS_PER_CHAR)
  }
  return events
}

/** What stood before the agent's first turn: its setting and its task. */
function openingTurns(run: Trajectory): { role: string; content: string }[] {
  const first = run.history.findIndex((turn) => turn.role === 'assistant')
  return run.history
    .slice(0, first < 0 ? undefined : first)
    .flatMap(({ role, content }) =>
      typeof content === 'string' && (role === 'system' || role === 'user') ? [{ role, content }] : [],
    )
}

const TEST_COMMAND =
  /^\s*(?:python3?\s+(?:-m\s+(?:pytest|unittest)\b|\S*(?:reproduce|test)\w*\.py\b)|pytest\b|tox\b)/

/** The events of a command that tests something; null for any other command. */
function testOf(turn: Turn, run: Trajectory) {
  if (!TEST_COMMAND.test(turn.action)) return null
  const verdict = verdictOf(turn, run)
  if (verdict === null) return null
  return {
    start: { testCount: 1, language: 'python', fileName: /\S+\.py\b/.exec(turn.action)?.[0] ?? null },
    result: {
      testName: turn.action.trim(),
      passed: verdict.passed,
      output: turn.observation,
      duration: Math.round(turn.execution_time * 1000),
      derivedFrom: verdict.derivedFrom,
    },
  }
}

/**
 * Whether a run passed, as far as the recording tells. A test runner says so itself. A script that reproduces a
 * bug only prints: there the last run before the agent submitted its fix is what it was content with, and an
 * earlier run passed if it printed the same.
 */
function verdictOf(turn: Turn, run: Trajectory): { passed: boolean; derivedFrom: string } | null {
  const summary = /\b\d+ (?:passed|failed|errors?)\b/.test(turn.observation)
  if (summary) {
    const passed = !/\b[1-9]\d* (?:failed|errors?)\b/.test(turn.observation)
    return { passed, derivedFrom: "the test runner's own summary" }
  }
  if (/^Traceback \(most recent call last\)/m.test(turn.observation)) {
    return { passed: false, derivedFrom: 'a traceback in the output' }
  }
  if (run.info.exit_status !== 'submitted') return null
  const last = run.trajectory.findLast((other) => other.action === turn.action)
  return {
    passed: turn.observation === last?.observation,
    derivedFrom: 'the same output as in the last run of this command before the fix was submitted',
  }
}

/** The shell's directory after a turn. */
function directoryOf(turn: Turn | undefined): string | null {
  try {
    const { working_dir: directory } = JSON.parse(String(turn?.state)) as { working_dir?: unknown }
    return typeof directory === 'string' ? directory : null
  } catch {
    return null
  }
}
