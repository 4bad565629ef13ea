import { type Command, type CommandContext, UsageError } from './command.js'
import { expandWord } from './expand.js'
import { FILE_COMMANDS } from './file-commands.js'
import { HOME, isFolder, resolvePath, type ShellFiles, wrongPath } from './files.js'
import { parseLine, ShellSyntaxError, type Stage } from './parse.js'
import { TEXT_COMMANDS } from './text-commands.js'

const NAME = 'sh'
const EXIT = { syntax: 2, notFound: 127, interrupted: 130 }

export interface ShellOptions {
  files: ShellFiles
  /** Commands beside the shell's own, such as `node`. */
  commands: Record<string, Command>
}

export interface ShellOutput {
  out(text: string): void
  err(text: string): void
}

/** Runs lines over the interview's files. Knows nothing of a screen: terminal-session.ts has that. */
export class Shell {
  readonly #commands: ReadonlyMap<string, Command>
  #lastCode = 0

  constructor(private readonly options: ShellOptions) {
    this.#commands = new Map(
      Object.entries({ ...FILE_COMMANDS, ...TEXT_COMMANDS, ...options.commands, help: (c) => this.#help(c) }),
    )
  }

  get commandNames(): string[] {
    return [...this.#commands.keys(), 'clear', 'history'].sort()
  }

  /** Runs one line and answers its exit code. Never throws: what goes wrong is printed, as by a shell. */
  async run(text: string, output: ShellOutput, signal: AbortSignal): Promise<number> {
    this.#lastCode = await this.#runLine(text, output, signal).catch((error: unknown) => {
      if (!(error instanceof ShellSyntaxError)) throw error
      output.err(`${NAME}: ${error.message}\n`)
      return EXIT.syntax
    })
    return this.#lastCode
  }

  async #runLine(text: string, output: ShellOutput, signal: AbortSignal): Promise<number> {
    let code = this.#lastCode
    for (const { pipeline, when } of parseLine(text).steps) {
      if (signal.aborted) return EXIT.interrupted
      if ((when === 'after success' && code !== 0) || (when === 'after failure' && code === 0)) continue
      code = await this.#runPipeline(pipeline, output, signal)
      this.#lastCode = code
    }
    return code
  }

  async #runPipeline(stages: readonly Stage[], output: ShellOutput, signal: AbortSignal): Promise<number> {
    let stdin: string | null = null
    let code = 0
    for (const [i, stage] of stages.entries()) {
      let printed = ''
      const keeps = i < stages.length - 1 || stage.redirect !== null
      const out = (text: string) => {
        if (keeps) printed += text
        else output.out(text)
      }
      code = await this.#runStage(stage, { stdin, out, err: output.err, signal })
      if (signal.aborted) return EXIT.interrupted
      const refusal = this.#redirect(stage, printed)
      if (refusal !== null) {
        output.err(`${NAME}: ${refusal}\n`)
        code = 1
      }
      stdin = stage.redirect === null ? printed : ''
    }
    return code
  }

  async #runStage(
    stage: Stage,
    io: Pick<CommandContext, 'stdin' | 'out' | 'err' | 'signal'>,
  ): Promise<number> {
    const { files } = this.options
    const context = { variable: (name: string) => this.#variable(name), paths: files.paths() }
    const [name, ...args] = stage.words.flatMap((word) => expandWord(word, context))
    if (name === undefined) return 0
    const command = this.#commands.get(name)
    if (command === undefined) {
      io.err(`${NAME}: ${name}: command not found\n`)
      return EXIT.notFound
    }
    try {
      return await command({ args, files, ...io })
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
      io.err(`${name}: ${error.message}\n`)
      return EXIT.syntax
    }
  }

  /** Writes what was printed where the stage says; answers why it can't. */
  #redirect({ redirect }: Stage, printed: string): string | null {
    if (redirect === null) return null
    const { files } = this.options
    const typed = redirect.to.map(({ text }) => text).join('')
    const path = resolvePath(typed)
    if (path === null) return `${typed}: Permission denied`
    if (isFolder(files, path)) return `${typed}: Is a directory`
    const wrong = wrongPath(path)
    if (wrong !== null) return `${typed}: ${wrong}`
    files.write(path, redirect.append ? (files.read(path) ?? '') + printed : printed)
    return null
  }

  #variable(name: string): string {
    switch (name) {
      case '?':
        return String(this.#lastCode)
      case 'PWD':
      case 'HOME':
        return HOME
      case 'USER':
        return 'candidate'
      default:
        return ''
    }
  }

  #help({ out }: CommandContext): number {
    out(HELP)
    return 0
  }
}

const HELP = `This shell runs in the page, over the files of the interview.

  npm test, test        run all *.test.js files
  node FILE             run a program
  ls cat head tail wc grep echo pwd
  touch mv cp rm        change the files (so do > and >>)
  history clear help

  Tab completes, arrow up brings back earlier lines, Ctrl-C stops what runs.
  Pipes (|), && || ; quotes, * and ? work as in other shells.
`
