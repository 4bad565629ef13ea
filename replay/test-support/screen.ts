import xterm from '@xterm/headless'
import type { ReplayState } from '../state.js'
import { terminalFeed } from '../terminal-feed.js'

export type ScreenStep = { write: string } | { columns: number; rows: number }

/** All lines of a terminal that was given these steps, and where its cursor is. */
export async function screenOf(steps: readonly ScreenStep[]): Promise<string[]> {
  const terminal = new xterm.Terminal({ cols: 80, rows: 24, allowProposedApi: true, scrollback: 5000 })
  for (const step of steps) {
    // A resize does not wait for what was written before it.
    if ('write' in step) await new Promise<void>((resolve) => terminal.write(step.write, resolve))
    else terminal.resize(step.columns, step.rows)
  }
  const { active } = terminal.buffer
  const lines = Array.from(
    { length: active.length },
    (_, i) => active.getLine(i)?.translateToString(true) ?? '',
  )
  return [`${terminal.cols}x${terminal.rows}`, ...lines, `cursor ${active.cursorX} ${active.cursorY}`]
}

/** What a replay state gives its screen. */
export const stepsOf = ({ terminal }: Pick<ReplayState, 'terminal'>): ScreenStep[] =>
  terminalFeed(terminal, null).steps.map((step) =>
    step.kind === 'write' ? { write: step.data } : { columns: step.columns, rows: step.rows },
  )
