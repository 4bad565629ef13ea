import type { CodeExcerpt, SessionPreview } from '../protocol/socket-events.js'
import type { FileState, ReplayState, TerminalCommand } from './state.js'

const LINES = 6
/** The caret's line is shown with so many before it, where there are as many behind. */
const LINES_BEFORE = 4
const MAX_LINE_UNITS = 160
/** Of a line that is cut at its beginning, so much before the caret stays. */
const UNITS_BEFORE_CARET = 100
const MAX_PATH_UNITS = 120
const MAX_COMMAND_UNITS = 160

/**
 * What a card shows of a state: the surroundings of the caret, the last command, the last run of tests. Bounded
 * whatever the candidate types: 6 lines of 160 UTF-16 units, 6 bytes of JSON each at most.
 */
export function previewOf(sessionId: string, state: ReplayState): SessionPreview {
  const command = lastCommand(state.terminal.commands)
  const run = state.testRuns.at(-1)
  return {
    sessionId,
    seq: state.seq,
    code: state.activeFile === null ? null : codeExcerpt(state.activeFile),
    command:
      command === undefined
        ? null
        : {
            text: (command.command ?? '').slice(0, MAX_COMMAND_UNITS),
            exitCode: command.exitCode,
            isDone: command.outputAtMs !== null,
          },
    tests: run === undefined ? null : { passed: run.passedCount, failed: run.failedCount },
  }
}

/** Output that came without a command is none. */
function lastCommand(commands: readonly TerminalCommand[]): TerminalCommand | undefined {
  for (let i = commands.length - 1; i >= 0; i--) if (commands[i]?.command !== null) return commands[i]
  return undefined
}

/** Six lines around the caret; without one around the last edit, without any edit the first ones. */
export function codeExcerpt(
  file: Pick<FileState, 'path' | 'language' | 'text' | 'selection' | 'lastChange'>,
): CodeExcerpt {
  const { text, selection } = file
  const at = within(text, selection?.head ?? file.lastChange?.to ?? 0)
  const lineStart = at === 0 ? 0 : text.lastIndexOf('\n', at - 1) + 1
  const column = at - lineStart
  const fromColumn = column < MAX_LINE_UNITS - 10 ? 0 : column - UNITS_BEFORE_CARET

  const after = linesAfter(text, lineStart, LINES)
  const before = linesBefore(text, lineStart, LINES)
  const beforeCount = Math.min(before.length, Math.max(LINES_BEFORE, LINES - after.length))
  const shown = [...before.slice(before.length - beforeCount), ...after].slice(0, LINES)
  return {
    path: file.path.slice(-MAX_PATH_UNITS),
    language: file.language?.slice(0, 40) ?? null,
    firstLine: lineNumberAt(text, lineStart) - beforeCount,
    fromColumn,
    lines: shown.map(([start, end]) => {
      const from = Math.min(end, start + fromColumn)
      const to = Math.min(end, from + MAX_LINE_UNITS)
      return { text: text.slice(from, to), isCut: to < end }
    }),
    caret: selection === null ? null : { line: beforeCount, column: column - fromColumn },
  }
}

/** A candidate may claim any place. */
const within = (text: string, offset: number): number =>
  Number.isFinite(offset) ? Math.min(text.length, Math.max(0, Math.trunc(offset))) : text.length

type Range = readonly [start: number, end: number]

/** The lines from the one that starts at `start`, at most `count`. */
function linesAfter(text: string, start: number, count: number): Range[] {
  const lines: Range[] = []
  for (let from = start; lines.length < count; ) {
    const newline = text.indexOf('\n', from)
    lines.push([from, newline === -1 ? text.length : newline])
    if (newline === -1) break
    from = newline + 1
  }
  return lines
}

/** The lines before the one that starts at `start`, the nearest `count`, in their order. */
function linesBefore(text: string, start: number, count: number): Range[] {
  const lines: Range[] = []
  for (let end = start - 1; end >= 0 && lines.length < count; ) {
    const from = end === 0 ? 0 : text.lastIndexOf('\n', end - 1) + 1
    lines.unshift([from, end])
    end = from - 1
  }
  return lines
}

function lineNumberAt(text: string, offset: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line++
  return line
}
