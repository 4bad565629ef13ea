import type { ShellFiles } from './files.js'

/** What a command of the shell is given; it answers its exit code. */
export interface CommandContext {
  args: readonly string[]
  files: ShellFiles
  /** What the command before it in the pipe printed; null where there is none. */
  stdin: string | null
  out(text: string): void
  err(text: string): void
  /** Aborted by Ctrl-C. */
  signal: AbortSignal
}

export type Command = (context: CommandContext) => number | Promise<number>

/** A mistake in how a command was called. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/**
 * Tells options from operands: `-nv` is `-n -v`, and `-n 5`, `-n5` and `-5` set a number where the command takes one.
 * @throws UsageError for an option that the command doesn't have
 */
export function readOptions(
  args: readonly string[],
  flags: string,
  numberFlag?: string,
): { options: Set<string>; number: number | null; operands: string[] } {
  const options = new Set<string>()
  const operands: string[] = []
  let number: number | null = null
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] as string
    if (arg === '--') {
      operands.push(...args.slice(i + 1))
      break
    }
    const bare = numberFlag === undefined ? null : /^-(\d+)$/.exec(arg)
    if (bare !== null) number = Number(bare[1])
    else if (numberFlag !== undefined && arg.startsWith(`-${numberFlag}`)) {
      const value = arg.length > 2 ? arg.slice(2) : args[++i]
      if (value === undefined || !/^\d+$/.test(value))
        throw new UsageError(`invalid number of lines: '${value ?? ''}'`) // prettier-ignore
      number = Number(value)
    } else if (/^-[A-Za-z0-9]/.test(arg)) {
      for (const flag of arg.slice(1)) {
        if (!flags.includes(flag)) throw new UsageError(`invalid option -- '${flag}'`)
        options.add(flag)
      }
    } else operands.push(arg)
  }
  return { options, number, operands }
}
