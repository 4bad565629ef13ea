import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readJson } from './files.mjs'
import { run } from './processes.mjs'
import { StopError } from './stop-error.mjs'

/**
 * @typedef {{ version?: string, integrity?: string, optional?: boolean, devOptional?: boolean, link?: boolean }} LockedPackage
 * @typedef {Record<string, LockedPackage>} LockedPackages by path, like `node_modules/zod`
 */

/**
 * Why the installed packages are not those of package-lock.json, or null when they are. Contents are compared,
 * not times: a clone, a copy or a restored cache gives files any order of times. npm writes its own record
 * (node_modules/.package-lock.json) last, so an interrupted install is noticed by its absence.
 * @param {string} root
 * @returns {string | null}
 */
export function staleness(root) {
  const lock = readJson(join(root, 'package-lock.json'))
  if (!lock)
    throw new StopError('package-lock.json is missing or is not JSON. Restore it from the repository.')
  const installed = readJson(join(root, 'node_modules/.package-lock.json'))
  if (!installed) return 'not installed yet'
  return (
    difference(lock.packages, installed.packages) ??
    missingFolder(installed.packages, (path) => existsSync(join(root, path, 'package.json')))
  )
}

/**
 * @param {LockedPackages} locked
 * @param {LockedPackages} installed
 * @returns {string | null}
 */
export function difference(locked, installed) {
  for (const [path, wanted] of Object.entries(locked)) {
    if (path === '' || wanted.link) continue
    const found = installed[path]
    // npm leaves out optional packages made for other systems.
    if (!found && (wanted.optional || wanted.devOptional)) continue
    if (!found) return `${nameOf(path)} is missing`
    if (found.version !== wanted.version) return `${nameOf(path)} is ${found.version}, not ${wanted.version}`
    if (found.integrity && wanted.integrity && found.integrity !== wanted.integrity)
      return `${nameOf(path)} differs`
  }
  const extra = Object.keys(installed).find((path) => !(path in locked))
  return extra ? `${nameOf(extra)} is no longer wanted` : null
}

/**
 * Installs the packages of package-lock.json exactly. Install scripts stay off: no package we use needs one
 * (the symlinks of the PostgreSQL binaries are made by postgres-binaries.mjs).
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 * @throws {StopError} with the end of npm's own output
 */
export async function install(root, env) {
  const args = ['ci', '--include=dev', '--include=optional', '--ignore-scripts', '--no-audit', '--no-fund']
  // Run by npm, the same npm is used; run as `node scripts/start.mjs`, the one on PATH.
  const result = env.npm_execpath?.endsWith('.js')
    ? await run(process.execPath, [env.npm_execpath, ...args], { cwd: root, env })
    : await run('npm', args, { cwd: root, env })
  if (result.missing)
    throw new StopError('npm was not found on PATH. It comes with Node.js: https://nodejs.org/')
  if (result.code !== 0) {
    throw new StopError(
      '`npm ci` failed. Is the package registry reachable from here?',
      result.output.trim().split('\n').slice(-15).join('\n'),
    )
  }
}

const nameOf = (/** @type {string} */ path) =>
  path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)

function missingFolder(
  /** @type {LockedPackages} */ installed,
  /** @type {(path: string) => boolean} */ isThere,
) {
  const gone = Object.entries(installed).find(([path, { link }]) => path !== '' && !link && !isThere(path))
  return gone ? `${nameOf(gone[0])} was removed from node_modules` : null
}
