import { join } from 'node:path'
import { build } from 'esbuild'
import { ROOT } from './root.mjs'

/**
 * A TypeScript module of the project, bundled and imported: a bench needs no compiled tree for it.
 * @param {string} path from the project's folder
 * @returns {Promise<any>}
 */
export async function importSource(path) {
  const { outputFiles } = await build({
    entryPoints: [join(ROOT, path)],
    bundle: true,
    format: 'esm',
    platform: 'node',
    write: false,
    logLevel: 'error',
  })
  const code = Buffer.from(outputFiles[0]?.contents ?? []).toString('base64')
  return import(`data:text/javascript;base64,${code}`)
}
