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

/** Everything the bundles of server and worker are made from. */
const PROCESS_SOURCES = [
  'server',
  'workers',
  'db',
  'protocol',
  'replay',
  'scripts/vite.processes.config.ts',
  'package-lock.json',
  'tsconfig.base.json',
]

const PROCESSES_STAMP = 'dist/.processes-built-from'

/**
 * Bundles server and worker into dist/run when their sources are not those of the last time. Types are not checked.
 * @param {string} root
 * @param {(text: string) => void} say
 * @returns {Promise<'built' | 'up to date'>}
 * @throws {StopError} with the bundler's messages
 */
export const bundleProcesses = (root, say) =>
  buildOnce(root, say, {
    title: 'The bundles of server and worker do',
    sources: PROCESS_SOURCES,
    stamp: PROCESSES_STAMP,
    products: ['dist/run/server/main.js', 'dist/run/workers/main.js'],
    builds: [['.', 'scripts/vite.processes.config.ts']],
  })

/**
 * Whether dist/run is what the sources say.
 * @param {string} root
 */
export const areProcessesFresh = (root) =>
  readText(join(root, PROCESSES_STAMP)) === fingerprint(root, PROCESS_SOURCES)

/**
 * Builds the console into dist/web-app and the embeddable player into dist/player when their sources are not those of
 * the last build.
 * @param {string} root
 * @param {(text: string) => void} say
 * @returns {Promise<'built' | 'up to date'>}
 * @throws {StopError} with the bundler's messages
 */
export const buildConsole = (root, say) =>
  buildOnce(root, say, {
    title: 'The console does',
    sources: CONSOLE_SOURCES,
    stamp: 'dist/.console-built-from',
    products: ['dist/web-app/index.html', 'dist/player/session-player.js'],
    builds: [
      ['web', 'web/vite.config.ts'],
      ['web', 'web/vite.player.config.ts'],
    ],
  })

/**
 * @param {string} root
 * @param {(text: string) => void} say
 * @param {{ title: string, sources: string[], stamp: string, products: string[], builds: [folder: string, config: string][] }} build
 * @returns {Promise<'built' | 'up to date'>}
 */
async function buildOnce(root, say, { title, sources, stamp, products, builds }) {
  const wanted = fingerprint(root, sources)
  if (products.every((file) => isFile(join(root, file))) && readText(join(root, stamp)) === wanted)
    return 'up to date'
  say('building')
  for (const [folder, config] of builds) {
    const args = ['build', folder, '--config', config, '--logLevel', 'warn']
    const result = await runTool(root, 'vite/bin/vite.js', args)
    if (result.code !== 0) throw new StopError(`${title} not build.`, result.output)
  }
  // Written after the build: one that was cut off is done again.
  writeFileSync(join(root, stamp), wanted)
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
