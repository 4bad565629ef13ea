import { createRecorder } from '../../client-sdk/src/recorder.js'
import type { Recorder } from '../../client-sdk/src/recorder-types.js'
import type { CreatedSessionView } from '../../protocol/http/index.js'
import type { ProductProcess } from '../support/process.js'
import type { World } from '../support/world.js'

/** A candidate who types into one file, as the SDK's recorder sends it. */
export interface Candidate {
  readonly session: CreatedSessionView
  readonly recorder: Recorder
  /** The file as typed so far. */
  text(): string
  /** Types at the end, a character an event. */
  type(text: string): void
  run(command: string, exitCode: number, tests: { passed: number; failed: number } | null): void
  close(): Promise<void>
}

export interface CandidateOptions {
  candidateId: string
  title: string
  language: string
  filePath: string
  /** The file before the first key. */
  content?: string
  /** Seconds. */
  timeLimit?: number
}

export async function startCandidate(
  world: World,
  server: ProductProcess,
  { candidateId, title, language, filePath, content = '', timeLimit = 3600 }: CandidateOptions,
): Promise<Candidate> {
  const session = await world.createSession(server, { candidateId, question: { title, language }, timeLimit })
  const recorder = createRecorder({ url: server.url, token: session.candidateToken })
  let text = content
  recorder.record({
    type: 'session_start',
    data: { questionTitle: title, language, files: [{ filePath, content }] },
  })
  recorder.record({ type: 'editor_open', fileId: filePath, data: { content, language } })
  return {
    session,
    recorder,
    text: () => text,
    type(typed) {
      for (const char of typed) {
        const at = text.length + char.length
        const data = {
          changes: [[text.length, 0, char]],
          selection: { anchor: at, head: at },
          origin: 'typed',
        }
        text += char
        recorder.record({ type: 'code_edit', fileId: filePath, data })
      }
    },
    run(command, exitCode, tests) {
      recorder.record({ type: 'terminal_input', data: { command } })
      if (tests !== null) recorder.record({ type: 'test_run_start', data: {} })
      for (let i = 0; i < (tests?.passed ?? 0) + (tests?.failed ?? 0); i++) {
        const passed = i < (tests?.passed ?? 0)
        recorder.record({ type: 'test_result', data: { testName: `case ${i}`, passed } })
      }
      recorder.record({ type: 'terminal_output', data: { output: '', exitCode } })
    },
    close: () => recorder.close(),
  }
}
