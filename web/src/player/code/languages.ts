import type { Extension } from '@codemirror/state'

type Load = () => Promise<Extension>

const javascript = async (options: { typescript?: boolean; jsx?: boolean }): Promise<Extension> =>
  (await import('@codemirror/lang-javascript')).javascript(options)
const js: Load = () => javascript({ jsx: true })
const ts: Load = () => javascript({ typescript: true })
const tsx: Load = () => javascript({ typescript: true, jsx: true })
const python: Load = async () => (await import('@codemirror/lang-python')).python()
const java: Load = async () => (await import('@codemirror/lang-java')).java()
const go: Load = async () => (await import('@codemirror/lang-go')).go()
const rust: Load = async () => (await import('@codemirror/lang-rust')).rust()
const cpp: Load = async () => (await import('@codemirror/lang-cpp')).cpp()

/** Each grammar is a chunk of its own, loaded when the first file in that language is shown. */
const GRAMMARS: [load: Load, endings: string, names: string][] = [
  [js, 'js jsx mjs cjs svelte vue', 'javascript'],
  [ts, 'ts mts cts', 'typescript'],
  [tsx, 'tsx', ''],
  [python, 'py pyi', 'python'],
  [java, 'java', 'java'],
  [go, 'go', 'go golang'],
  [rust, 'rs', 'rust'],
  [cpp, 'c h cc cpp cxx hpp hh', 'c cpp c++'],
]

// Maps, not objects: a file may be called `a.constructor`.
const byEnding = new Map(
  GRAMMARS.flatMap(([load, endings]) => endings.split(' ').map((word) => [word, load] as const)),
)
const byName = new Map(
  GRAMMARS.flatMap(([load, , names]) => names.split(' ').map((word) => [word, load] as const)),
)

/** The grammar for a file, by its ending and else by its declared language; null for plain text. */
export function loadLanguage(path: string, declared: string | null): Load | null {
  const ending = /\.([a-z0-9]+)$/i.exec(path)?.[1]?.toLowerCase() ?? ''
  return byEnding.get(ending) ?? byName.get(declared?.toLowerCase() || ' ') ?? null
}
