import { readSize } from './fold/terminal.js'
import type { Log } from './log.js'
import type { ScreenBase, TerminalChunk, TerminalState } from './state.js'

/** A terminal takes joined text several times faster than the same text write by write. */
const MAX_WRITE_CHARS = 64 * 1024

export type TerminalStep =
  | { readonly kind: 'write'; readonly data: string }
  | { readonly kind: 'resize'; readonly columns: number; readonly rows: number }

export interface TerminalFeed {
  /** True: the screen shows what is not in this past; clear it (80×24, as before any resize) before the steps. */
  readonly reset: boolean
  readonly steps: readonly TerminalStep[]
}

/**
 * What a screen that shows `shown` must be given to show a terminal. A viewer keeps `terminal.output` of the
 * state it drew last and passes it here with the next one; null for a new screen. Outputs of different bases never
 * grow from one another, so the list alone tells whether the screen can go on from what it shows.
 */
export function terminalFeed(
  { base, output }: Pick<TerminalState, 'base' | 'output'>,
  shown: Log<TerminalChunk> | null,
): TerminalFeed {
  const fresh = shown === null ? null : output.since(shown)
  if (fresh !== null) return { reset: false, steps: steps(fresh) }
  return { reset: true, steps: [...(base === null ? [] : baseSteps(base)), ...steps(output.toArray())] }
}

const baseSteps = ({ columns, rows, serialized }: ScreenBase): TerminalStep[] => [
  { kind: 'resize', columns, rows },
  { kind: 'write', data: serialized },
]

/** All that was printed since the state's base, as one text with its escape sequences. */
export function terminalText(terminal: Pick<TerminalState, 'output'>): string {
  const written = terminal.output.toArray().filter((chunk) => chunk.channel === 'o')
  return written.map((chunk) => chunk.data).join('')
}

function steps(chunks: readonly TerminalChunk[]): TerminalStep[] {
  const made: TerminalStep[] = []
  let gathered: string[] = []
  let gatheredChars = 0
  const flush = () => {
    if (gathered.length > 0) made.push({ kind: 'write', data: gathered.join('') })
    gathered = []
    gatheredChars = 0
  }
  for (const chunk of chunks) {
    if (chunk.channel === 'r') {
      flush()
      made.push({ kind: 'resize', ...readSize(chunk.data) })
      continue
    }
    if (gatheredChars + chunk.data.length > MAX_WRITE_CHARS) flush()
    gathered.push(chunk.data)
    gatheredChars += chunk.data.length
  }
  flush()
  return made
}
