import { readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build, parseAst } from 'vite'
import { entriesOf } from './manifest.mjs'

/**
 * What each built entry point adds to a page that takes all of it and nothing else of the package: bundled, minified,
 * gzipped, other packages apart. `eagerBytes` is what a page waits for, `laterBytes` what is loaded beside it.
 * @param {string} root the project's, where the package is built
 * @returns {Promise<{ subpath: string, eagerBytes: number, laterBytes: number }[]>}
 */
export async function sizesOf(root) {
  const sizes = []
  for (const { subpath, file } of entriesOf(root)) {
    const { eager, later } = await bundledAlone(join(root, 'client-sdk', file))
    sizes.push({ subpath, eagerBytes: gzippedBytes(eager), laterBytes: gzippedBytes(later) })
  }
  return sizes
}

const gzippedBytes = (/** @type {string} */ code) => (code === '' ? 0 : gzipSync(code, { level: 9 }).length)

/** The code of a module with all it loads from files, as a page's bundler would put it together. */
async function bundledAlone(/** @type {string} */ file) {
  const made = await build({
    root: dirname(file),
    configFile: false,
    envDir: false,
    publicDir: false,
    logLevel: 'error',
    build: {
      write: false,
      reportCompressedSize: false,
      lib: { entry: file, formats: ['es'] },
      rolldownOptions: { external: /^[^./\0]/, output: { minify: true, comments: false } },
    },
  })
  const outputs = /** @type {import('vite').Rolldown.RolldownOutput[]} */ (made)
  const chunks = outputs.flatMap(({ output }) => output.flatMap((one) => (one.type === 'chunk' ? [one] : [])))
  const eager = chunks.filter(({ isEntry }) => isEntry)
  // The list grows while it is walked.
  for (const { imports } of eager)
    eager.push(...chunks.filter((one) => imports.includes(one.fileName) && !eager.includes(one)))
  const codeOf = (/** @type {typeof chunks} */ some) => some.map(({ code }) => code).join('')
  return { eager: codeOf(eager), later: codeOf(chunks.filter((one) => !eager.includes(one))) }
}

/**
 * The files that a built module loads, itself first, and the packages that these name.
 * @param {string} entry
 * @param {{ eagerly?: boolean }} [options] only what it waits for
 * @returns {{ files: string[], packages: string[] }}
 */
export function loadedBy(entry, { eagerly = false } = {}) {
  const files = [normalize(entry)]
  /** @type {Set<string>} */
  const packages = new Set()
  // The list grows while it is walked.
  for (const file of files) {
    for (const { from, isEager } of namedIn(readFileSync(file, 'utf8'))) {
      if (eagerly && !isEager) continue
      const path = normalize(join(dirname(file), from))
      if (!from.startsWith('.')) packages.add(from)
      else if (!files.includes(path)) files.push(path)
    }
  }
  return { files, packages: [...packages].sort() }
}

/** What the import and export statements of a module name, and its import() of texts. */
function namedIn(/** @type {string} */ code) {
  /** @type {{ from: string, isEager: boolean }[]} */
  const found = []
  const visit = (/** @type {unknown} */ node) => {
    if (Array.isArray(node)) return node.forEach(visit)
    if (typeof node !== 'object' || node === null) return
    const { type, source } = /** @type {{ type?: string, source?: { value?: unknown } }} */ (node)
    if (type && /^(Import|Export)/.test(type) && typeof source?.value === 'string')
      found.push({ from: source.value, isEager: type !== 'ImportExpression' })
    for (const value of Object.values(node)) visit(value)
  }
  visit(parseAst(code))
  return found
}
