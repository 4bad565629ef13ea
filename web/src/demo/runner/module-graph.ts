import { javascriptLanguage } from '@codemirror/lang-javascript'
import { BUILTIN_NAMES, type BuiltinName, type RunnableModule } from './messages.js'

/** Why a program can't be put together: a file or an import that leads nowhere, or in a circle. */
export class ModuleError extends Error {
  override readonly name = 'ModuleError'
}

/**
 * The files that a program is made of, each behind those it imports.
 * @throws ModuleError
 */
export function collectModules(entry: string, read: (path: string) => string | null): RunnableModule[] {
  const done = new Map<string, RunnableModule>()
  const open: string[] = []
  const visit = (path: string, from: string | null) => {
    if (done.has(path)) return
    if (open.includes(path)) {
      throw new ModuleError(
        `${[...open.slice(open.indexOf(path)), path].join(' → ')}: modules that import each other in a circle don't run here`,
      )
    }
    const code = read(path)
    if (code === null) {
      throw new ModuleError(`Cannot find module '${path}'${from === null ? '' : ` imported from ${from}`}`)
    }
    open.push(path)
    const imports = importsOf(code).map(({ specifier, ...place }) => {
      const target = resolve(specifier, path)
      if ('path' in target) visit(target.path, path)
      return { ...place, target }
    })
    open.pop()
    done.set(path, { path, code, imports })
  }
  visit(entry, null)
  return [...done.values()]
}

/** Where the first thing stands that is no JavaScript, counted from 1; null where all of it is. */
export function syntaxErrorPlace(code: string): { line: number; column: number } | null {
  let at: number | null = null
  javascriptLanguage.parser.parse(code).iterate({
    enter: ({ type, from }) => {
      if (type.isError) at ??= from
      return at === null
    },
  })
  if (at === null) return null
  const before = code.slice(0, at).split('\n')
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
}

/** The module names in a file, with the places of their quoted texts. */
function importsOf(code: string): { from: number; to: number; specifier: string }[] {
  const found: { from: number; to: number; specifier: string }[] = []
  javascriptLanguage.parser.parse(code).iterate({
    enter: ({ node, name }) => {
      const names =
        name === 'ImportDeclaration' ||
        name === 'DynamicImport' ||
        (name === 'ExportDeclaration' && node.getChild('from') !== null)
      const source = names ? node.getChild('String') : null
      if (source === null) return
      const specifier = code.slice(source.from + 1, source.to - 1)
      found.push({ from: source.from, to: source.to, specifier })
    },
  })
  return found.sort((a, b) => a.from - b.from)
}

function resolve(specifier: string, importer: string): { path: string } | { builtin: BuiltinName } {
  if (!specifier.startsWith('.') && !specifier.startsWith('/')) {
    const builtin = BUILTIN_NAMES.find((name) => name === specifier || name === `node:${specifier}`)
    if (builtin !== undefined) return { builtin }
    throw new ModuleError(
      `Cannot find package '${specifier}' imported from ${importer}. There are ${BUILTIN_NAMES.join(', ')} and the files of the interview.`,
    )
  }
  const steps = importer.split('/').slice(0, -1)
  for (const step of specifier.split('/')) {
    if (step === '..') steps.pop()
    else if (step !== '.' && step !== '') steps.push(step)
  }
  const path = steps.join('/')
  if (!/\.[cm]?js$/.test(path)) {
    throw new ModuleError(
      `Cannot find module '${specifier}' imported from ${importer}. Name the file with its ending: '${specifier}.js'.`,
    )
  }
  return { path }
}
