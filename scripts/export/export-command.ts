import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { findSystem, NoSystem, type RunningSystem } from '../simulate/running-system.js'

/** As the compiled script sees it, from dist/scripts/export/. */
export const PROJECT_ROOT = fileURLToPath(new URL('../../../', import.meta.url))

export interface Surroundings {
  env: NodeJS.ProcessEnv
  /** Where relative files lie. */
  folder: string
  out: NodeJS.WritableStream
  err: NodeJS.WritableStream
}

interface ExportCommand<Operand extends string> {
  help: string
  /** What must be named, in this order, as `Name a session and a format.` has them. */
  operands: readonly Operand[]
  operandsMissing: string
  /** The option that says where to, without its dashes. */
  targetOption: string
  /** Throws an Error whose message says in words for people why there is no export. */
  act(wish: Record<Operand, string> & { target: string | null; system: RunningSystem }): Promise<void>
}

/** The two options that every export has, for its help. */
export const SYSTEM_OPTIONS_HELP = `  --url URL       the recorder service          (RECORDER_URL, or the system that npm start runs in DATA_DIR)
  --token TOKEN   of role service or proctor    (RECORDER_TOKEN, or DATA_DIR/service-token)
  --help          this text`

/**
 * Reads the command line, acts, and says on `err` what was wrong. Answers the exit code: 1 when the export could not be made
 * whole, 2 when an argument is wrong.
 */
export async function runExportCommand<Operand extends string>(
  args: readonly string[],
  { env, out, err }: Surroundings,
  { help, operands, operandsMissing, targetOption, act }: ExportCommand<Operand>,
): Promise<number> {
  let options: ReturnType<typeof read>
  try {
    options = read(args, targetOption)
  } catch (error) {
    err.write(`${(error as Error).message}\n`)
    return 2
  }
  const { values, positionals } = options
  if (values.help) {
    out.write(help)
    return 0
  }
  if (positionals.length !== operands.length) {
    err.write(`${operandsMissing}\n\n${help}`)
    return 2
  }
  const named = Object.fromEntries(operands.map((operand, i) => [operand, positionals[i]]))
  try {
    const given = {
      url: values.url ?? env.RECORDER_URL ?? null,
      token: values.token ?? env.RECORDER_TOKEN ?? null,
    }
    const system = findSystem(given, env, PROJECT_ROOT)
    await act({ ...(named as Record<Operand, string>), target: values.target, system })
    return 0
  } catch (error) {
    const what = error instanceof NoSystem ? '' : 'The recording was not exported: '
    err.write(`${what}${(error as Error).message}\n`)
    return 1
  }
}

function read(args: readonly string[], targetOption: string) {
  const text = { type: 'string' } as const
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { [targetOption]: text, url: text, token: text, help: { type: 'boolean' } },
  })
  const given = values as Record<string, string | undefined> & { help?: boolean }
  return {
    positionals,
    values: {
      target: given[targetOption] ?? null,
      url: given.url ?? null,
      token: given.token ?? null,
      help: values.help === true,
    },
  }
}
