import {
  ALIASES,
  BY_FIRST_WORDS,
  COMMAND_CATEGORIES,
  type CommandCategory,
  type Known,
  PREFIXES,
  PROGRAMS,
  RUNNER_FLAGS_WITH_VALUE,
  RUNNERS,
  RUNS_FILES,
  SCRIPT_NAMES,
  SCRIPT_RUNNERS,
  TEST_FILE,
  TOOL_FLAGS_WITH_VALUE,
} from './command-tables.js'
import { commandsIn } from './shell-words.js'

/**
 * The categories of a shell line: those of all its simple commands. A command of none is passed over, and a line
 * that has only such is `other`.
 */
export function categoriesOf(line: string): CommandCategory[] {
  const found = new Set<Known>()
  for (const words of commandsIn(line)) addCategories(words, found, 0)
  return found.size === 0 ? ['other'] : COMMAND_CATEGORIES.filter((one) => found.has(one as Known))
}

const MAX_SHELLS_IN_SHELLS = 4

function addCategories(words: readonly string[], found: Set<Known>, depth: number): void {
  const command = withoutPrefixes(words)
  const script = scriptOfShell(command)
  if (script !== null) {
    if (depth < MAX_SHELLS_IN_SHELLS)
      for (const inner of commandsIn(script)) addCategories(inner, found, depth + 1)
    return
  }
  const category = categoryOf(command)
  if (category !== null) found.add(category)
}

/** The command itself, without `FOO=bar`, `sudo`, `time`, `npx`, `uv run` and their like before it. */
function withoutPrefixes(all: readonly string[]): string[] {
  let words = all.slice()
  for (let left = 16; left > 0; left--) {
    const start = words.findIndex((word) => !/^[A-Za-z_]\w*\+?=/.test(word))
    words = start < 0 ? [] : words.slice(start)
    if (nameOf(words[0]) === 'docker' && words[1] === 'compose') words = ['docker-compose', ...words.slice(2)]
    const name = nameOf(words[0])
    // `command -v pytest` asks where it is.
    if (name === 'command' && /^-p?[vV]/.test(words[1] ?? '')) return []
    if (Object.hasOwn(PREFIXES, name)) {
      if (name === 'pipx' && words[1] !== 'run') return words
      let rest = withoutFlags(words.slice(name === 'pipx' ? 2 : 1), PREFIXES[name] ?? [])
      if (name === 'timeout') rest = rest.slice(1)
      if (rest.length === 0) return words
      words = rest
    } else if (Object.hasOwn(RUNNERS, name)) {
      const runs = withoutFlags(words.slice(1), RUNNER_FLAGS_WITH_VALUE)
      if (!RUNNERS[name]?.includes(runs[0] ?? '')) return words
      const rest = withoutFlags(runs.slice(1), RUNNER_FLAGS_WITH_VALUE)
      // A service stands between `docker-compose exec` and its command.
      words = name === 'docker-compose' ? rest.slice(1) : rest
    } else if (/^(python|pypy|py)[\d.]*$/.test(name)) {
      return asModule(words)
    } else return words
  }
  return words
}

/** `python -W error -m pytest` is pytest, and written as `-m pytest`. */
function asModule(words: string[]): string[] {
  let at = 1
  while (words[at]?.startsWith('-') && words[at] !== '-m')
    at += words[at] === '-W' || words[at] === '-X' ? 2 : 1
  const module = words[at] === '-m' ? words[at + 1] : undefined
  return module === undefined ? words : [`-m ${module}`, ...words.slice(at + 2)]
}

function withoutFlags(words: readonly string[], withValue: readonly string[]): string[] {
  let at = 0
  while (at < words.length) {
    const word = words[at] as string
    if (word === '--') return words.slice(at + 1)
    if (/^[A-Za-z_]\w*=/.test(word)) at++
    else if (!word.startsWith('-') || word === '-') break
    else at += withValue.includes(word) ? 2 : 1
  }
  return words.slice(at)
}

/** The text behind `bash -c`, `cmd /c` and `powershell -Command`. */
function scriptOfShell(words: readonly string[]): string | null {
  const name = nameOf(words[0]).toLowerCase()
  if (name === 'cmd' || name === 'powershell' || name === 'pwsh') {
    const at = words.findIndex((word, i) => i > 0 && /^([/-]c|-command)$/i.test(word))
    return at < 0 ? null : words.slice(at + 1).join(' ')
  }
  if (!/^(ba|z|da|k|fi)?sh$/.test(nameOf(words[0]))) return null
  const at = words.findIndex((word, i) => i > 0 && /^-[a-z]*c$/.test(word))
  return at < 0 ? null : (words[at + 1] ?? null)
}

/** The program's name without its folder, `.exe` and `@version`. */
const nameOf = (word = ''): string =>
  (word.split(/[/\\]/).pop() ?? '').replace(/(?<=.)@[^@]*$|\.(exe|cmd|bat)$/i, '')

function categoryOf(words: readonly string[]): Known | null {
  const first = words[0]
  if (first === undefined) return null
  const isModule = first.startsWith('-m ')
  const plain = isModule ? first : nameOf(first)
  const name = Object.hasOwn(ALIASES, plain) ? (ALIASES[plain] as string) : plain
  const args = words.slice(1)
  const rest = withoutFlags(args, TOOL_FLAGS_WITH_VALUE).join(' ')
  if ((name === 'node' || name === 'tsx') && args.includes('--test')) return 'test'
  if (Object.hasOwn(BY_FIRST_WORDS, name)) {
    for (const [pattern, category] of BY_FIRST_WORDS[name] ?? []) {
      if (!pattern.test(rest)) continue
      if (category !== null) return category
      break
    }
  }
  if (SCRIPT_RUNNERS.has(name)) return categoryOfScript(rest.split(' '))
  if (name === 'manage.py') return args[0] === 'test' ? 'test' : 'run'
  // `python manage.py test`, `node app.test.js`: the file tells.
  const interpreted = RUNS_FILES.has(name) ? args.find((arg) => !arg.startsWith('-')) : undefined
  if (interpreted !== undefined) {
    if (TEST_FILE.test(interpreted)) return 'test'
    if (nameOf(interpreted) === 'manage.py' && args[args.indexOf(interpreted) + 1] === 'test') return 'test'
  }
  for (const [category, names] of PROGRAMS) if (names.has(name) || names.has(first)) return category
  if (/^(python|pypy|pip|ruby|php|perl|lua|node)[\d.]+$/.test(name))
    return name.startsWith('pip') ? 'packageManager' : 'run'
  if (/^(gcc|g\+\+|clang|clang\+\+)-[\d.]+$/.test(name)) return 'build'
  if (TEST_FILE.test(first)) return 'test'
  // A program by its path, or a module that python runs.
  return isModule || /[/\\]/.test(first) ? 'run' : null
}

/** `npm run build`, `yarn lint`: a script of the project's own. */
function categoryOfScript(args: readonly string[]): Known {
  const script = args.find((arg) => !arg.startsWith('-') && !/^(run|run-script|rum|urn)$/.test(arg)) ?? ''
  for (const [pattern, category] of SCRIPT_NAMES) if (pattern.test(script)) return category
  return 'run'
}
