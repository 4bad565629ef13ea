import { basename } from 'node:path'
import { constants, gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { ROOT } from './root.mjs'

/**
 * @typedef {object} BundleSize bytes, minified and gzipped, each file by itself as it is served
 * @property {number} eager what a page loads at once
 * @property {number} lazy what it loads only when it is needed
 * @property {number} minified of `eager`, before gzip
 * @property {Record<string, number>} inputs minified bytes in `eager`, by source
 */

/**
 * What importing a module adds to a page.
 * @param {string} code a module of imports and exports, resolved from the project's folder
 * @param {{ external?: readonly string[], alias?: Record<string, string> }} options packages that are the page's own
 * @returns {Promise<BundleSize>}
 */
export async function bundleSize(code, { external = [], alias = {} }) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: code, resolveDir: ROOT, sourcefile: ENTRY, loader: 'js' },
    outdir: '/out',
    bundle: true,
    minify: true,
    format: 'esm',
    splitting: true,
    write: false,
    metafile: true,
    target: 'es2022',
    legalComments: 'none',
    define: { 'process.env.NODE_ENV': '"production"' },
    external: external.flatMap((name) => [name, `${name}/*`]),
    alias,
    logLevel: 'error',
  })
  const outputs = Object.entries(metafile.outputs)
  const entry = outputs.find(([, { entryPoint }]) => entryPoint?.endsWith(ENTRY))?.[0]
  if (entry === undefined) throw new Error('esbuild made no entry file.')
  const eager = [entry]
  // The list grows while it is walked.
  for (const path of eager) {
    for (const { path: imported, kind, external: isExternal } of metafile.outputs[path]?.imports ?? []) {
      if (kind === 'import-statement' && !isExternal && !eager.includes(imported)) eager.push(imported)
    }
  }
  const contentsOf = (/** @type {string} */ path) =>
    outputFiles.find((file) => basename(file.path) === basename(path))?.contents ?? new Uint8Array()
  const gzipped = (/** @type {string[]} */ paths) =>
    paths.reduce((total, path) => total + gzipSync(contentsOf(path), GZIP).length, 0)
  /** @type {Record<string, number>} */
  const inputs = {}
  for (const path of eager) {
    for (const [input, { bytesInOutput }] of Object.entries(metafile.outputs[path]?.inputs ?? {})) {
      inputs[input] = (inputs[input] ?? 0) + bytesInOutput
    }
  }
  return {
    eager: gzipped(eager),
    lazy: gzipped(outputs.map(([path]) => path).filter((path) => !eager.includes(path) && isCode(path))),
    minified: eager.reduce((total, path) => total + contentsOf(path).length, 0),
    inputs,
  }
}

const ENTRY = 'bench-entry.js'
const GZIP = { level: constants.Z_BEST_COMPRESSION }
const isCode = (/** @type {string} */ path) => path.endsWith('.js')
