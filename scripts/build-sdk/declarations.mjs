import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, posix, relative } from 'node:path'
import { runTool } from '../bare/build.mjs'
import { StopError } from '../bare/stop-error.mjs'
import { plainModules } from './plain-types.mjs'
import { mapSpecifiers } from './specifiers.mjs'

/** @typedef {import('./manifest.mjs').Entry} Entry */

/**
 * Writes the declarations of all entry points, and of what they name, into a tree of their own. The compiler makes
 * them; what the schema library would be needed for is replaced by what it comes out as, since a page's types should
 * not need it either.
 * @param {string} root
 * @param {readonly Entry[]} entries
 * @param {string} workDir a folder below the root that may be filled
 * @param {string} outDir
 * @throws {StopError} with the compiler's messages
 */
export async function writeDeclarations(root, entries, workDir, outDir) {
  const sources = Object.fromEntries(entries.map(({ source }) => [source, null]))
  const made = await declarationsOf(root, workDir, 'declared', sources)
  const bySchema = Object.keys(made).filter((file) => SCHEMA_LIBRARY.test(made[file] ?? ''))
  const probeDir = `${relative(root, workDir)}/probes`
  const texts = {
    ...made,
    ...(await plainModules(made, bySchema, probeDir, (probes) =>
      declarationsOf(root, workDir, 'plain', probes),
    )),
  }
  const wanted = entries.map(({ source }) => source.replace(/\.tsx?$/, '.d.ts'))
  // The list grows while it is walked.
  for (const file of wanted) {
    const text = texts[file]
    if (text === undefined) throw new StopError(`The compiler made no ${file}.`)
    const moved = mapSpecifiers(text, (from) => {
      const target = posix.join(posix.dirname(file), from.replace(/\.js$/, '.d.ts'))
      if (!wanted.includes(target)) wanted.push(target)
      const there = posix.relative(posix.dirname(placeOf(file)), placeOf(target)).replace(/\.d\.ts$/, '.js')
      return there.startsWith('.') ? there : `./${there}`
    })
    const path = join(outDir, placeOf(file))
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, moved)
  }
}

const SCHEMA_LIBRARY = /from ["']zod["']|import\(["']zod["']\)/

/** Where a file of the project has its declarations in the package. */
const placeOf = (/** @type {string} */ file) => file.replace(/^client-sdk\/(src|build)\//, '')

/**
 * What the compiler declares for some files and for all that they import from the project.
 * @param {string} root
 * @param {string} workDir
 * @param {string} name of a folder in there
 * @param {Record<string, string | null>} files by path from the root; null: the file that is there, else its text
 * @returns {Promise<Record<string, string>>} by the path of the declarations from the root
 */
async function declarationsOf(root, workDir, name, files) {
  const dir = join(workDir, name)
  const outDir = join(dir, 'out')
  mkdirSync(outDir, { recursive: true })
  for (const [file, text] of Object.entries(files)) {
    if (text === null) continue
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), text)
  }
  const project = {
    extends: join(root, 'client-sdk/tsconfig.json'),
    compilerOptions: {
      rootDir: root,
      outDir,
      composite: false,
      incremental: false,
      tsBuildInfoFile: null,
      emitDeclarationOnly: true,
      noErrorTruncation: true,
      listEmittedFiles: true,
    },
    files: Object.keys(files).map((file) => join(root, file)),
    include: [],
    exclude: [],
    references: [],
  }
  const config = join(dir, 'tsconfig.json')
  writeFileSync(config, JSON.stringify(project))
  const { code, output } = await runTool(root, 'typescript/bin/tsc', ['-p', config, '--pretty', 'false'])
  if (code !== 0) {
    const faults = output.replace(/^TSFILE: .*\n?/gm, '')
    throw new StopError('The declarations of the SDK do not compile.', faults)
  }
  const emitted = [...output.matchAll(/^TSFILE: (.*)$/gm)].map(([, path = '']) => path.trim())
  return Object.fromEntries(
    emitted.map((path) => [relative(outDir, path).replaceAll('\\', '/'), readFileSync(path, 'utf8')]),
  )
}
