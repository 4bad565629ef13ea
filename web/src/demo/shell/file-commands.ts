import { type Command, type CommandContext, readOptions, UsageError } from './command.js'
import { HOME, isFolder, resolvePath, wrongPath } from './files.js'

const NO_SUCH = 'No such file or directory'

/** Commands that list, make, move and remove files. */
export const FILE_COMMANDS: Record<string, Command> = {
  pwd: ({ out }) => {
    out(`${HOME}\n`)
    return 0
  },

  cd: ({ args, err, files }) => {
    const [target = '~'] = args
    const path = resolvePath(target)
    if (path === '') return 0
    err(
      `cd: ${target}: ${path !== null && isFolder(files, path) ? 'this shell stays in its one folder' : NO_SUCH}\n`,
    )
    return 1
  },

  ls: (context) => {
    const { files, out } = context
    const { options, operands } = readOptions(context.args, 'l1a')
    let code = 0
    const listed: string[] = []
    for (const operand of operands.length > 0 ? operands : ['.']) {
      const path = resolvePath(operand)
      if (path !== null && files.read(path) !== null) listed.push(path)
      else if (path !== null && isFolder(files, path)) listed.push(...entriesOf(files.paths(), path))
      else {
        context.err(`ls: cannot access '${operand}': ${NO_SUCH}\n`)
        code = 2
      }
    }
    if (options.has('l')) for (const entry of listed) out(`${longLine(context, entry)}\n`)
    else if (listed.length > 0) out(`${listed.join(options.has('1') ? '\n' : '  ')}\n`)
    return code
  },

  touch: (context) =>
    eachPath(context, 'touch', (path) => {
      if (context.files.read(path) === null) context.files.write(path, '')
    }),

  mkdir: ({ err }) => {
    err("mkdir: a folder is there as soon as a file lies in it, for example 'touch lib/util.js'\n")
    return 1
  },

  rm: (context) => {
    const { options, operands } = readOptions(context.args, 'frRv')
    if (operands.length === 0 && !options.has('f')) throw new UsageError('missing operand')
    const recursive = options.has('r') || options.has('R')
    let code = 0
    for (const operand of operands) {
      const path = resolvePath(operand)
      const inside = path === null ? [] : context.files.paths().filter((each) => each.startsWith(`${path}/`))
      if (path !== null && path !== '' && context.files.read(path) !== null) context.files.remove(path)
      else if (path !== null && path !== '' && inside.length > 0 && recursive)
        for (const each of inside) context.files.remove(each)
      else if (path !== null && (path === '' || inside.length > 0)) {
        context.err(`rm: cannot remove '${operand}': Is a directory\n`)
        code = 1
      } else if (!options.has('f')) {
        context.err(`rm: cannot remove '${operand}': ${NO_SUCH}\n`)
        code = 1
      }
    }
    return code
  },

  mv: (context) => transfer(context, 'mv'),
  cp: (context) => transfer(context, 'cp'),
}

function transfer({ args, files, err }: CommandContext, name: 'mv' | 'cp'): number {
  const { operands } = readOptions(args, 'fv')
  const target = operands.at(-1)
  const sources = operands.slice(0, -1)
  if (target === undefined) throw new UsageError('missing file operand')
  if (sources.length === 0) throw new UsageError(`missing destination file operand after '${target}'`)
  const to = resolvePath(target)
  const intoFolder = to !== null && (isFolder(files, to) || target.endsWith('/'))
  if (to === null || (sources.length > 1 && !intoFolder)) {
    err(`${name}: target '${target}': ${to === null ? NO_SUCH : 'Not a directory'}\n`)
    return 1
  }
  let code = 0
  for (const source of sources) {
    const from = resolvePath(source)
    const text = from === null ? null : files.read(from)
    const toPath = intoFolder ? [to, from?.split('/').pop()].filter(Boolean).join('/') : to
    const wrong =
      text === null
        ? `cannot stat '${source}': ${NO_SUCH}`
        : from === toPath
          ? `'${source}' and '${target}' are the same file`
          : wrongPath(toPath)
    if (wrong !== null || from === null || text === null) {
      err(`${name}: ${wrong}\n`)
      code = 1
    } else if (name === 'cp') files.write(toPath, text)
    else {
      if (files.read(toPath) !== null) files.remove(toPath)
      files.rename(from, toPath)
    }
  }
  return code
}

function eachPath({ args, files, err }: CommandContext, name: string, act: (path: string) => void): number {
  const { operands } = readOptions(args, '')
  if (operands.length === 0) throw new UsageError('missing file operand')
  let code = 0
  for (const operand of operands) {
    const path = resolvePath(operand)
    const wrong =
      path === null ? 'Permission denied' : isFolder(files, path) ? 'Is a directory' : wrongPath(path)
    if (path !== null && wrong === null) act(path)
    else {
      err(`${name}: cannot touch '${operand}': ${wrong}\n`)
      code = 1
    }
  }
  return code
}

/** What lies in a folder itself: its files, and its folders with a slash. */
function entriesOf(paths: readonly string[], folder: string): string[] {
  const prefix = folder === '' ? '' : `${folder}/`
  const entries = new Set(
    paths
      .filter((path) => path.startsWith(prefix))
      .map((path) => path.slice(prefix.length).replace(/\/.*/, '/')),
  )
  return [...entries].sort()
}

function longLine({ files }: CommandContext, entry: string): string {
  const text = files.read(entry)
  const size = text === null ? '-' : String(new TextEncoder().encode(text).length)
  return `${text === null ? 'drwxr-xr-x' : '-rw-r--r--'} candidate ${size.padStart(7)} ${entry}`
}
