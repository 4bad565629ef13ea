import type { Extension } from '@codemirror/state'

type Load = () => Promise<Extension>

/** Grammars that are here. */
const loaded = new Map<Load, Extension>()

/** A load that is done once. */
function once(load: Load): Load {
  const loading: Load = async () => {
    const language = loaded.get(loading) ?? (await load())
    loaded.set(loading, language)
    return language
  }
  return loading
}

const javascript = (options: { typescript?: boolean; jsx?: boolean }): Load =>
  once(async () => (await import('@codemirror/lang-javascript')).javascript(options))
const js = javascript({ jsx: true })
const ts = javascript({ typescript: true })
const tsx = javascript({ typescript: true, jsx: true })
const python = once(async () => (await import('@codemirror/lang-python')).python())
const java = once(async () => (await import('@codemirror/lang-java')).java())
const go = once(async () => (await import('@codemirror/lang-go')).go())
const rust = once(async () => (await import('@codemirror/lang-rust')).rust())
const cpp = once(async () => (await import('@codemirror/lang-cpp')).cpp())

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

/** The same, where it is here already: what is shown with it from the beginning is drawn once. */
export function loadedLanguage(path: string, declared: string | null): Extension | null {
  const load = loadLanguage(path, declared)
  return load === null ? null : (loaded.get(load) ?? null)
}
