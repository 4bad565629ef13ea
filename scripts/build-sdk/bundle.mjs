import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { build } from 'vite'
import { StopError } from '../bare/stop-error.mjs'
import { manifestOf } from './manifest.mjs'

/** @typedef {import('./manifest.mjs').Entry} Entry */

/** What the browsers that the service supports run as it is: private members, `??=`, top-level await. */
const TARGET = 'es2022'

/**
 * Every entry point that leaves other packages to the page's bundler. They are built together: what several of them
 * need is in a chunk of its own, so that an error is an instance of the RecorderError of each of them.
 * @param {string} root
 * @param {readonly Entry[]} entries
 * @param {string} outDir
 */
export async function bundleModules(root, entries, outDir) {
  const { dependencies, peerDependencies } = manifestOf(root)
  const known = Object.keys({ ...dependencies, ...peerDependencies })
  await bundle(root, outDir, {
    entry: Object.fromEntries(
      entries.filter(({ isWhole }) => !isWhole).map((entry) => [nameOf(entry), join(root, entry.source)]),
    ),
    external: (id, importer) => {
      if (/^[./\0]/.test(id) || importer === undefined) return false
      if (known.includes(packageOf(id))) return true
      throw new StopError(
        `${relative(root, importer)} imports ${id}, which is no dependency of client-sdk/package.json.`,
      )
    },
    output: { entryFileNames: '[name].js', chunkFileNames: 'chunks/[name].js' },
  })
}

/**
 * The one file for a page without a bundler, and the licenses of what is in it.
 * @param {string} root
 * @param {readonly Entry[]} entries
 * @param {string} outDir
 */
export async function bundleWhole(root, entries, outDir) {
  for (const entry of entries.filter(({ isWhole }) => isWhole)) {
    const name = nameOf(entry)
    const modules = await bundle(root, outDir, {
      entry: { [name]: join(root, entry.source) },
      output: {
        entryFileNames: '[name].js',
        codeSplitting: false,
        postBanner: `/* Includes other people's work: see ${basename(name)}.licenses.txt */`,
      },
    })
    writeFileSync(join(outDir, `${name}.licenses.txt`), licensesOf(modules))
  }
}

/**
 * @param {string} root
 * @param {string} outDir
 * @param {{ entry: Record<string, string>, output: import('vite').Rolldown.OutputOptions,
 *   external?: (id: string, importer: string | undefined) => boolean }} options
 * @returns {Promise<string[]>} the files that it was made of
 */
async function bundle(root, outDir, { entry, output, external }) {
  /** @type {Set<string>} */
  const modules = new Set()
  const building = build({
    root: join(root, 'client-sdk'),
    configFile: false,
    envDir: false,
    publicDir: false,
    logLevel: 'warn',
    // Otherwise NODE_ENV decided whether other packages are taken with their debugging, as it does for applications.
    resolve: { conditions: ['module', 'browser', 'production'] },
    build: {
      outDir,
      emptyOutDir: false,
      target: TARGET,
      sourcemap: true,
      reportCompressedSize: false,
      lib: { entry, formats: ['es'] },
      rolldownOptions: {
        ...(external && { external }),
        // 'use client' stays at the top of a module that has an entry point of its own; a test sees to it.
        onLog: (level, log, handle) => {
          if (log.code !== 'MODULE_LEVEL_DIRECTIVE') handle(level, log)
        },
        output: {
          ...output,
          // Private members are renamed, as nobody else can name them; what others may name keeps its name.
          minify: { compress: { target: TARGET }, mangle: { toplevel: true }, codegen: true },
          // As the package's reader would look for them; the sources are in the maps.
          sourcemapPathTransform: (source, map) => shownSource(root, outDir, source, map),
        },
      },
    },
    plugins: [
      {
        name: 'sdk-package',
        generateBundle(_, made) {
          for (const file of Object.values(made)) {
            if (file.type !== 'chunk') continue
            for (const id of file.moduleIds) modules.add(id)
            // Quotes as long as those of the minifier, which not every bundler reads as a text.
            file.code = file.code.replace(/\bimport\(`([^`$]*)`\)/g, 'import("$1")')
          }
        },
      },
    ],
  })
  await building.catch((error) => {
    if (error instanceof StopError) throw error
    throw new StopError('The SDK does not bundle.', stripVTControlCharacters(String(error?.message ?? error)))
  })
  return [...modules]
}

/**
 * `client-sdk/src/x.ts` is shown as `src/x.ts` beside dist; what is not the SDK's own by its path in the project, and
 * what is another package's by its path in node_modules, wherever that is.
 */
function shownSource(
  /** @type {string} */ root,
  /** @type {string} */ outDir,
  /** @type {string} */ source,
  /** @type {string} */ map,
) {
  const path = relative(root, join(dirname(map), source)).replace(/^.*\/(?=node_modules\/)|^client-sdk\//, '')
  return join(relative(dirname(map), dirname(outDir)), path)
}

/** @param {readonly string[]} modules paths of files */
function licensesOf(modules) {
  const folders = new Set(
    modules.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(id)?.[0] ?? []),
  )
  return [...folders]
    .sort()
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
      const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry))
      if (file === undefined) throw new StopError(`${name} has no license text, and is in the bundle.`)
      return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`
    })
    .join(`\n${'-'.repeat(80)}\n\n`)
}

const nameOf = (/** @type {Entry} */ { file }) => file.replace(/^\.\/dist\/|\.js$/g, '')

const packageOf = (/** @type {string} */ id) =>
  id
    .split('/')
    .slice(0, id.startsWith('@') ? 2 : 1)
    .join('/')
