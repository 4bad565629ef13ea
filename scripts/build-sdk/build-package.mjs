import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fingerprint } from '../bare/build.mjs'
import { bundleModules, bundleWhole } from './bundle.mjs'
import { writeDeclarations } from './declarations.mjs'
import { entriesOf } from './manifest.mjs'

/** Everything the package's dist is made from. */
const SOURCES = [
  'client-sdk/src',
  'client-sdk/build',
  'client-sdk/package.json',
  'client-sdk/tsconfig.json',
  'protocol',
  'scripts/build-sdk',
  'package-lock.json',
  'tsconfig.base.json',
]

/**
 * Builds client-sdk/dist when its sources are not those of the last build: a module for each entry point with the
 * code they share in chunks beside them, one file that holds everything for pages without a bundler, source maps, and
 * declarations that name no other package than the package's own dependencies.
 * @param {string} root the project's
 * @returns {Promise<{ dist: string, done: 'built' | 'up to date' }>}
 * @throws {import('../bare/stop-error.mjs').StopError} with the compiler's messages
 */
export async function buildPackage(root) {
  const dist = join(root, 'client-sdk/dist')
  const stampFile = join(root, 'dist/.sdk-built-from')
  const wanted = fingerprint(root, SOURCES)
  if (existsSync(dist) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted)
    return { dist, done: 'up to date' }
  // Beside the sources, so that what is compiled here finds its packages; and by process, as two may build at once.
  const workDir = join(root, `dist/.sdk-build-${process.pid}`)
  rmSync(workDir, { recursive: true, force: true })
  mkdirSync(workDir, { recursive: true })
  try {
    const entries = entriesOf(root)
    const made = join(workDir, 'made')
    const parts = await Promise.allSettled([
      bundleModules(root, entries, made),
      bundleWhole(root, entries, made),
      writeDeclarations(root, entries, workDir, join(made, 'types')),
    ])
    // All are over by now: none writes into the folder behind its removal.
    for (const part of parts) if (part.status === 'rejected') throw part.reason
    // Whole or not at all: a build that fails leaves the one before.
    rmSync(dist, { recursive: true, force: true })
    renameSync(made, dist)
    writeFileSync(stampFile, wanted)
  } finally {
    rmSync(workDir, { recursive: true, force: true })
  }
  return { dist, done: 'built' }
}
