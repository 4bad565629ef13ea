import { happened, type Reducers } from './fold.js'

export const terminalReducers: Reducers<'terminal_input' | 'terminal_output' | 'terminal_stream'> = {
  terminal_input: (fold, event, data) => ({
    commands: fold.commands.push({
      ...happened(event),
      command: data.command,
      workingDirectory: data.workingDirectory ?? null,
      outputAtMs: null,
      output: '',
      stdout: '',
      stderr: '',
      exitCode: null,
    }),
  }),

  // Output belongs to the last command of the same source until that has an exit code: a command may print in
  // several events, and two sources may run commands at the same time.
  terminal_output(fold, event, data) {
    const output = data.output ?? ''
    const stdout = data.stdout ?? ''
    const stderr = data.stderr ?? ''
    let last = true
    const commands = fold.commands.changeLast(
      (command) => {
        if (command.source !== event.source || !last) return false
        last = false
        return command.exitCode === null
      },
      (command) => ({
        ...command,
        outputAtMs: event.timestamp,
        output: command.output + output,
        stdout: command.stdout + stdout,
        stderr: command.stderr + stderr,
        exitCode: data.exitCode ?? null,
      }),
    )
    if (commands !== fold.commands) return { commands }
    return {
      commands: fold.commands.push({
        ...happened(event),
        command: null,
        workingDirectory: null,
        outputAtMs: event.timestamp,
        output,
        stdout,
        stderr,
        exitCode: data.exitCode ?? null,
      }),
    }
  },

  // What was typed (channel i) shows on the screen only as far as the shell echoes it, and then it is output.
  terminal_stream(fold, event, data) {
    if (data.channel === 'i') return {}
    const output = fold.output.push({ ...happened(event), channel: data.channel, data: data.data })
    return data.channel === 'r' ? { output, ...readSize(data.data) } : { output }
  },
}

const MAX_COLUMNS = 1000
const MAX_ROWS = 500

/** `COLSxROWS`, held within what a screen can be: a claimed 99999x99999 would take all memory of the viewer. */
export function readSize(size: string): { columns: number; rows: number } {
  const [columns = 0, rows = 0] = size.split('x').map(Number)
  return { columns: clamp(columns, 2, MAX_COLUMNS), rows: clamp(rows, 1, MAX_ROWS) }
}

const clamp = (value: number, min: number, max: number): number => Math.min(Math.max(value || 0, min), max)
