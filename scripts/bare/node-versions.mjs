import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { StopError } from './stop-error.mjs'

/** The oldest that package.json takes, and the newest of each line that gets long support now or soon. */
export const NODE_VERSIONS = /** @type {const} */ (['20.19', '24', '26'])

/**
 * A Node.js of that version, from npm's package of the binary for this system. Kept in a folder of its own: it is no part of
 * the project's packages. The newest release of the version at the first time; remove the folder for a newer one.
 * @param {string} folder
 * @param {string} version like `20.19` or `24`
 * @returns {string} the path of the binary
 * @throws {StopError} where npm has none for this system
 */
export function bringNode(folder, version) {
  const name = `node-${process.platform}-${process.arch}`
  const home = join(folder, version)
  const binary = join(home, 'node_modules', name, 'bin/node')
  if (existsSync(binary)) return binary
  mkdirSync(home, { recursive: true })
  // The binary is all there is to it: nothing is run to install it.
  const args = ['install', '--prefix', home, '--no-save', '--no-package-lock', '--ignore-scripts']
  const { status, stderr } = spawnSync('npm', [...args, `${name}@${version}`], {
    cwd: home,
    encoding: 'utf8',
  })
  if (status === 0 && existsSync(binary)) return binary
  throw new StopError(`npm could not bring Node.js ${version} as ${name}.`, stderr ?? '')
}

/**
 * What a run of the tests ended with, one line for each version.
 * @param {readonly { version: string, given: string, lastLine: string, status: number | null }[]} runs `given`: what the binary
 *   says of itself
 * @returns {{ lines: string[], ok: boolean }}
 */
export function nodesSummary(runs) {
  const lines = runs.map(
    ({ version, given, lastLine, status }) =>
      `  ${status === 0 ? '✓' : '✗'} Node.js ${version.padEnd(6)} ${given.padEnd(10)} ${lastLine}`,
  )
  return { lines, ok: runs.length > 0 && runs.every(({ status }) => status === 0) }
}
