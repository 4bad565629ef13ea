import type { EventRecorder } from '@interviewlm/recorder-sdk'
import { recordXterm, type XtermTerminal } from '@interviewlm/recorder-sdk/adapters/xterm'

export interface CommandRecording {
  began(command: string, workingDirectory: string): void
  ended(result: { stdout: string; stderr: string; exitCode: number }): void
}

/**
 * Records the terminal as it looks (`terminal_stream`), and the commands as they are (`terminal_input`,
 * `terminal_output`). The first is what a player shows; the second is what can be listed, searched and counted. A page
 * that has only a raw terminal records the first alone.
 */
export function recordTerminal(
  recorder: EventRecorder,
  terminal: XtermTerminal,
  snapshot: () => string,
): CommandRecording {
  recordXterm(recorder, terminal, { snapshot })
  return {
    began: (command, workingDirectory) =>
      recorder.record({ type: 'terminal_input', data: { command, workingDirectory } }),
    ended: (result) => recorder.record({ type: 'terminal_output', data: result }),
  }
}
