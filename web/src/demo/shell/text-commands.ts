import { type Command, type CommandContext, readOptions, UsageError } from './command.js'
import { isFolder, resolvePath } from './files.js'

/** Commands that print, cut, count and search texts: of files, or what comes through a pipe. */
export const TEXT_COMMANDS: Record<string, Command> = {
  echo: ({ args, out }) => {
    const isBare = args[0] === '-n'
    out(args.slice(isBare ? 1 : 0).join(' ') + (isBare ? '' : '\n'))
    return 0
  },

  cat: (context) => {
    const { options, operands } = readOptions(context.args, 'n')
    let number = 0
    return eachText(context, 'cat', operands, ({ text }) => {
      if (!options.has('n')) return context.out(text)
      for (const line of linesOf(text)) context.out(`${String(++number).padStart(6)}\t${line}\n`)
    })
  },

  head: (context) => ends(context, 'head'),
  tail: (context) => ends(context, 'tail'),

  wc: (context) => {
    const { options, operands } = readOptions(context.args, 'lwcm')
    const shown = ['l', 'w', 'c', 'm'].filter((each) =>
      (options.size === 0 ? 'lwc' : [...options]).includes(each),
    )
    const total = { l: 0, w: 0, c: 0, m: 0 }
    const row = (counts: typeof total, name: string) => {
      const numbers = shown.map((each) => String(counts[each as keyof typeof total]).padStart(4))
      context.out(`${numbers.join(' ')}${name === '' ? '' : ` ${name}`}\n`)
    }
    const code = eachText(context, 'wc', operands, ({ name, text }) => {
      const counts = {
        l: text.split('\n').length - 1,
        w: text.split(/\s+/).filter((word) => word !== '').length,
        c: new TextEncoder().encode(text).length,
        m: [...text].length,
      }
      for (const key of ['l', 'w', 'c', 'm'] as const) total[key] += counts[key]
      row(counts, name ?? '')
    })
    if (operands.length > 1) row(total, 'total')
    return code
  },

  grep: (context) => {
    const { options, operands } = readOptions(context.args, 'invclrE')
    const [pattern, ...named] = operands
    if (pattern === undefined) throw new UsageError('usage: grep [-invclr] PATTERN [FILE…]')
    const isMatch = matcher(pattern, options.has('i'))
    // With -r, or with nothing to read from, it looks through all files.
    const everywhere = named.length === 0 && (context.stdin === null || options.has('r'))
    const operandsOf = everywhere ? context.files.paths().sort() : named.filter((name) => name !== '.')
    if (named.includes('.')) operandsOf.push(...context.files.paths().sort())
    let found = false
    const code = eachText(context, 'grep', operandsOf, ({ name, text }) => {
      const hits = linesOf(text)
        .map((line, i) => ({ line, number: i + 1 }))
        .filter(({ line }) => isMatch(line) !== options.has('v'))
      found ||= hits.length > 0
      const prefix = name !== null && (operandsOf.length > 1 || everywhere) ? `${name}:` : ''
      if (options.has('l')) {
        if (hits.length > 0) context.out(`${name ?? '(standard input)'}\n`)
      } else if (options.has('c')) context.out(`${prefix}${hits.length}\n`)
      else
        for (const { line, number } of hits)
          context.out(`${prefix}${options.has('n') ? `${number}:` : ''}${line}\n`)
    })
    return code === 0 ? (found ? 0 : 1) : 2
  },
}

function ends(context: CommandContext, name: 'head' | 'tail'): number {
  const { number, operands } = readOptions(context.args, '', 'n')
  const count = number ?? 10
  return eachText(context, name, operands, ({ name: file, text }) => {
    if (operands.length > 1) context.out(`==> ${file} <==\n`)
    const lines = linesOf(text)
    const kept = name === 'head' ? lines.slice(0, count) : count === 0 ? [] : lines.slice(-count)
    for (const line of kept) context.out(`${line}\n`)
  })
}

/** Each named file, or the pipe where none is named. */
function eachText(
  { files, stdin, err }: CommandContext,
  command: string,
  operands: readonly string[],
  act: (source: { name: string | null; text: string }) => void,
): number {
  if (operands.length === 0) {
    if (stdin === null) throw new UsageError('name a file; this shell reads no input from the keyboard')
    act({ name: null, text: stdin })
    return 0
  }
  let code = 0
  for (const name of operands) {
    const path = resolvePath(name)
    const text = name === '-' ? (stdin ?? '') : path === null ? null : files.read(path)
    if (text !== null) act({ name, text })
    else {
      err(
        `${command}: ${name}: ${path !== null && isFolder(files, path) ? 'Is a directory' : 'No such file or directory'}\n`,
      )
      code = 1
    }
  }
  return code
}

/** A last line without a line end is a line; an empty text has none. */
function linesOf(text: string): string[] {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines
}

function matcher(pattern: string, ignoreCase: boolean): (line: string) => boolean {
  try {
    const expression = new RegExp(pattern, ignoreCase ? 'i' : '')
    return (line) => expression.test(line)
  } catch {
    throw new UsageError(`'${pattern}' is not a regular expression`)
  }
}
