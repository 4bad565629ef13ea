import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { StopError } from '../bare/stop-error.mjs'

/**
 * One entry point of the package. The exports map of client-sdk/package.json is the one list of them: the build, the
 * tests and the README's tables are held against it.
 *
 * @typedef {object} Entry
 * @property {string} subpath as in the exports map, for example `./adapters/xterm`
 * @property {string} file the JavaScript it is built into, below the package
 * @property {string} types its declarations, below the package
 * @property {string} source what it is built from, from the project's root
 * @property {boolean} isWhole it holds everything it needs, other packages too
 */

/** Holds the dependencies as well; everything else leaves them to whoever bundles the page. */
const WHOLE = './browser'

/**
 * @param {string} root the project's
 * @returns {Entry[]}
 * @throws {StopError} where an entry point has no source, or the map says something else than the build makes
 */
export function entriesOf(root) {
  return Object.entries(manifestOf(root).exports)
    .filter(([subpath]) => subpath !== './package.json')
    .map(([subpath, { types, default: file }]) => {
      const isWhole = subpath === WHOLE
      const path = subpath === '.' ? 'index' : subpath.slice(2)
      const source = [`src/${path}.ts`, `src/${path}.tsx`, `build/${path}.ts`].find((candidate) =>
        existsSync(join(root, 'client-sdk', candidate)),
      )
      if (source === undefined)
        throw new StopError(`client-sdk/package.json exports ${subpath}, which has no source.`)
      const expected = { types: `./dist/types/${path}.d.ts`, default: `./dist/${path}.js` }
      if (types !== expected.types || file !== expected.default)
        throw new StopError(`client-sdk/package.json: ${subpath} is built into ${JSON.stringify(expected)}.`)
      return { subpath, file, types, source: `client-sdk/${source}`, isWhole }
    })
}

/**
 * @typedef {object} Manifest
 * @property {Record<string, { types: string, default: string }>} exports
 * @property {Record<string, string>} dependencies
 * @property {Record<string, string>} peerDependencies
 */

/** @returns {Manifest} */
export const manifestOf = (/** @type {string} */ root) =>
  JSON.parse(readFileSync(join(root, 'client-sdk/package.json'), 'utf8'))
