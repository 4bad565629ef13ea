import { isBuiltin } from 'node:module'
import { posix } from 'node:path'

/**
 * The import rules: which folder leans on which, and what reaches a browser or stays free of any platform.
 *
 * @typedef {import('./import-statements.mjs').Import} Import
 * @typedef {Map<string, Import[]>} Sources imports by file, paths from the project's root with `/`
 * @typedef {{ file: string, line: number, rule: string }} Violation
 */

/** The folders each folder may import from, beside itself. Nothing imports bench or tests. */
const MAY_IMPORT = /** @type {Record<string, string[]>} */ ({
  protocol: [],
  replay: ['protocol'],
  db: ['protocol'],
  server: ['protocol', 'replay', 'db'],
  workers: ['protocol', 'replay', 'db'],
  'client-sdk': ['protocol'],
  web: ['protocol', 'replay', 'client-sdk'],
  scripts: ['protocol', 'replay', 'db', 'client-sdk'],
  tests: ['protocol', 'replay', 'db', 'server', 'workers', 'client-sdk', 'web', 'scripts'],
  bench: ['protocol', 'replay', 'db', 'server', 'workers', 'client-sdk', 'web', 'scripts'],
})

/** The folders whose sources may name only these packages; others may name any. */
const ONLY_PACKAGES = /** @type {Record<string, string[]>} */ ({
  protocol: ['zod'],
  replay: ['diff-match-patch'],
})

/** What runs in a browser: none of Node.js. */
const IN_BROWSERS = /^(client-sdk\/(src|build)|web\/src)\//

/** What is loaded into other people's pages: also none of the schema library, by whatever way. */
const IN_OTHER_PEOPLES_PAGES = /^client-sdk\/(src|build)\//

/**
 * What every page with the recorder loads, or the types of which it needs: nothing has to be installed for it but its
 * one dependency. Editors, terminals and frameworks are for the adapters, an entry point each.
 */
const CORE_OF_THE_SDK = /^client-sdk\/(src\/(?!adapters\/)|build\/)/
const DEPENDENCY_OF_THE_SDK = 'socket.io-client'

/**
 * @param {Sources} sources
 * @returns {Violation[]}
 */
export function violations(sources) {
  /** @type {Violation[]} */
  const found = []
  for (const [file, imports] of sources) {
    for (const one of imports) {
      const rule = isRelative(one.from)
        ? brokenByFolder(file, one)
        : isTest(file)
          ? null
          : brokenByPackage(file, one)
      if (rule) found.push({ file, line: one.line, rule })
    }
  }
  return [...found, ...schemaLibraryInPages(sources), ...folderCycles(sources)]
}

/** @returns {string | null} */
function brokenByFolder(/** @type {string} */ file, /** @type {Import} */ { from }) {
  const here = folderOf(file)
  const there = folderOf(resolve(file, from))
  if (there === here) return null
  if (!(there in MAY_IMPORT)) return `${here} imports ${from}, which is in none of the project's folders`
  if (there === 'tests' || there === 'bench') return `nothing imports ${there}, and this is ${from}`
  if (MAY_IMPORT[here]?.includes(there)) return null
  const may = MAY_IMPORT[here]?.join(', ') || 'nothing else'
  return `${here} imports ${there} (${from}); of the other folders it may import ${may}`
}

/** @returns {string | null} */
function brokenByPackage(/** @type {string} */ file, /** @type {Import} */ { from, typeOnly }) {
  const only = ONLY_PACKAGES[folderOf(file)]
  const name = packageOf(from)
  if (only && !only.includes(name)) {
    return `${folderOf(file)} imports the package ${from}; ${only.length > 0 ? `${only.join(', ')} is the only one it may` : 'it may import none'}`
  }
  if (!IN_BROWSERS.test(file)) return null
  if (isBuiltin(from)) return `${from} is Node.js, and ${folderOf(file)}/src runs in browsers`
  if (IN_OTHER_PEOPLES_PAGES.test(file) && name === 'zod') {
    return typeOnly
      ? 'zod would be in declarations that other people compile; name the types that come out'
      : "zod would be loaded into other people's pages"
  }
  if (CORE_OF_THE_SDK.test(file) && name !== DEPENDENCY_OF_THE_SDK) {
    return `${name} would be needed by every page with the recorder; that is for client-sdk/src/adapters`
  }
  return null
}

/**
 * The schema library must not come into the pages through another module of ours either.
 * @returns {Violation[]}
 */
function schemaLibraryInPages(/** @type {Sources} */ sources) {
  /** @type {Violation[]} */
  const found = []
  /** @type {Map<string, string | null>} a file to the file with zod that it loads, by the way it goes */
  const wayToZod = new Map()
  const search = (/** @type {string} */ file) => {
    const known = wayToZod.get(file)
    if (known !== undefined) return known
    wayToZod.set(file, null)
    const loaded = (sources.get(file) ?? []).filter(({ typeOnly }) => !typeOnly)
    let way = loaded.some(({ from }) => packageOf(from) === 'zod') ? file : null
    for (const { from } of loaded) {
      if (way !== null) break
      const target = isRelative(from) ? sourceFile(resolve(file, from), sources) : null
      const further = target === null ? null : search(target)
      if (further !== null) way = `${file} → ${further}`
    }
    wayToZod.set(file, way)
    return way
  }
  for (const [file, imports] of sources) {
    if (!IN_OTHER_PEOPLES_PAGES.test(file) || isTest(file)) continue
    for (const { from, typeOnly, line } of imports) {
      if (typeOnly || !isRelative(from)) continue
      const target = sourceFile(resolve(file, from), sources)
      // A way through another file of the pages is that file's violation.
      if (target === null || IN_OTHER_PEOPLES_PAGES.test(target)) continue
      const way = search(target)
      if (way !== null) found.push({ file, line, rule: `loads zod into other people's pages, by ${way}` })
    }
  }
  return found
}

/**
 * No folder leans on itself by way of others, tests and tools included.
 * @returns {Violation[]}
 */
function folderCycles(/** @type {Sources} */ sources) {
  /** @type {Map<string, Map<string, { file: string, line: number }>>} */
  const edges = new Map()
  for (const [file, imports] of sources) {
    for (const { from, line } of imports) {
      if (!isRelative(from)) continue
      const [here, there] = [folderOf(file), folderOf(resolve(file, from))]
      if (here === there) continue
      const known = edges.get(here) ?? new Map()
      edges.set(here, known)
      if (!known.has(there)) known.set(there, { file, line })
    }
  }
  /** @type {Violation[]} */
  const found = []
  const reported = new Set()
  const visit = (/** @type {string} */ folder, /** @type {string[]} */ way) => {
    if (way.includes(folder)) {
      const cycle = way.slice(way.indexOf(folder))
      const id = [...cycle].sort().join()
      const edge = edges.get(/** @type {string} */ (cycle.at(-1)))?.get(folder)
      if (edge && !reported.has(id))
        found.push({ ...edge, rule: `closes a cycle of folders: ${[...cycle, folder].join(' → ')}` })
      reported.add(id)
      return
    }
    for (const next of edges.get(folder)?.keys() ?? []) visit(next, [...way, folder])
  }
  for (const folder of edges.keys()) visit(folder, [])
  return found
}

const isRelative = (/** @type {string} */ from) => from.startsWith('.')
const isTest = (/** @type {string} */ file) => /\.test\.tsx?$|\/test-support\//.test(file)
const folderOf = (/** @type {string} */ path) => path.split('/', 1)[0] ?? ''
const resolve = (/** @type {string} */ file, /** @type {string} */ from) =>
  posix.join(posix.dirname(file), from)
const packageOf = (/** @type {string} */ from) =>
  from
    .split('/')
    .slice(0, from.startsWith('@') ? 2 : 1)
    .join('/')

/** Sources name the compiled file (`x.js`); the source is x.ts or x.tsx. */
function sourceFile(/** @type {string} */ path, /** @type {Sources} */ sources) {
  const stem = path.replace(/\.m?js$/, '')
  return [path, `${stem}.ts`, `${stem}.tsx`].find((candidate) => sources.has(candidate)) ?? null
}
