import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './processes.mjs'
import { StopError } from './stop-error.mjs'

/** What the running system is made of; the tests and the console's types are not needed to start. */
const RUNNING_PROJECTS = ['server', 'workers', 'db', 'client-sdk', 'scripts']

/** Everything the console's bundle is made from. */
const CONSOLE_SOURCES = ['web', 'client-sdk', 'protocol', 'replay', 'package-lock.json', 'tsconfig.base.json']

/**
 * Compiles what the processes run into dist/. The compiler knows what is stale itself.
 * @param {string} root
 * @throws {StopError} with the compiler's messages
 */
export async function compile(root) {
  const projects = RUNNING_PROJECTS.filter((name) => existsSync(join(root, name, 'tsconfig.json')))
  const result = await runTool(root, 'typescript/bin/tsc', ['-b', ...projects])
  if (result.code !== 0) throw new StopError('The TypeScript sources do not compile.', result.output)
}

/**
 * Builds the console into dist/web-app and the embeddable player into dist/player when their sources are not those of
 * the last build.
 * @param {string} root
 * @param {(text: string) => void} say
 * @returns {Promise<'built' | 'up to date'>}
 * @throws {StopError} with the bundler's messages
 */
export async function buildConsole(root, say) {
  const stampFile = join(root, 'dist/.console-built-from')
  const wanted = fingerprint(root, CONSOLE_SOURCES)
  const isThere = ['web-app/index.html', 'player/session-player.js'].every((file) =>
    isFile(join(root, 'dist', file)),
  )
  if (isThere && readText(stampFile) === wanted) return 'up to date'
  say('building')
  for (const config of ['web/vite.config.ts', 'web/vite.player.config.ts']) {
    const args = ['build', 'web', '--config', config, '--logLevel', 'warn']
    const result = await runTool(root, 'vite/bin/vite.js', args)
    if (result.code !== 0) throw new StopError('The console does not build.', result.output)
  }
  // Written after the build: one that was cut off is done again.
  writeFileSync(stampFile, wanted)
  return 'built'
}

/**
 * A hash of paths, sizes and times: it also changes when a file is removed or replaced by an older one, which
 * the newest time alone would not show.
 * @param {string} root
 * @param {string[]} entries files and folders
 */
export function fingerprint(root, entries) {
  const hash = createHash('sha256')
  const visit = (/** @type {string} */ path) => {
    const stats = statSync(join(root, path), { throwIfNoEntry: false })
    if (!stats) return
    if (!stats.isDirectory()) {
      hash.update(`${path}\0${stats.size}\0${stats.mtimeMs}\n`)
      return
    }
    for (const name of readdirSync(join(root, path)).sort()) {
      if (name !== 'node_modules' && name !== 'dist') visit(`${path}/${name}`)
    }
  }
  for (const entry of entries) visit(entry)
  return hash.digest('hex')
}

/**
 * Runs a command-line tool of node_modules under this Node.js.
 * @param {string} root
 * @param {string} script path below node_modules
 * @param {string[]} args
 */
export const runTool = (root, script, args) =>
  run(process.execPath, [join(root, 'node_modules', script), ...args], {
    cwd: root,
    // What is collected and shown later is plain, even where the terminal asks for colours.
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' },
  })

const isFile = (/** @type {string} */ path) => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false

function readText(/** @type {string} */ path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
