import { runCode } from '../runner/run-code.js'
import type { TestRunner } from '../runner/test-runner.js'
import { type Command, type CommandContext, UsageError } from './command.js'
import { resolvePath } from './files.js'

/** The commands that run code: `node`, `npm test`, `test`. */
export function programs(tests: TestRunner): Record<string, Command> {
  const test = ({ out, err, signal }: CommandContext, only: readonly string[]) =>
    tests.run(only, { out, err, signal }) // prettier-ignore
  return {
    test: (context) => test(context, context.args),

    npm: (context) => {
      const [command, ...rest] = context.args
      const isTest = command === 'test' || command === 't' || (command === 'run' && rest.shift() === 'test')
      if (!isTest) throw new UsageError("there is 'npm test'; nothing can be installed here")
      return test(
        context,
        rest.filter((each) => each !== '--'),
      )
    },

    node: (context) => {
      const [file, ...args] = context.args
      if (file === undefined) throw new UsageError('name a file; there is no prompt of its own here')
      if (file === '--test') return test(context, args)
      if (file.startsWith('-')) throw new UsageError(`bad option: ${file}`)
      return runCode({
        entry: resolvePath(file) ?? file,
        kind: 'program',
        args,
        read: (path) => context.files.read(path),
        onPrint: (stream, text) => (stream === 'out' ? context.out(text) : context.err(text)),
        signal: context.signal,
      })
    },
  }
}
