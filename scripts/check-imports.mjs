// Checks the import rules of all sources: node scripts/check-imports.mjs [folder]. Exit status 1 when one is broken.
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { violations } from './bare/import-rules.mjs'
import { importsOf } from './bare/import-statements.mjs'

const SOURCE = /\.(ts|tsx|mjs)$/
const NOT_OURS = new Set(['node_modules', 'dist', '.git', '.data'])

const root = process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url))

/** @type {import('./bare/import-rules.mjs').Sources} */
const sources = new Map()
const visit = (/** @type {string} */ dir) => {
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name)
    if (entry.isDirectory()) {
      if (!NOT_OURS.has(entry.name)) visit(path)
      // The files at the root configure tools and belong to no folder.
    } else if (dir !== root && SOURCE.test(entry.name)) {
      sources.set(relative(root, path).split(sep).join('/'), importsOf(readFileSync(path, 'utf8')))
    }
  }
}
visit(root)

const broken = violations(sources)
for (const { file, line, rule } of broken) console.log(`${file}:${line}  ${rule}`)
console.log(`${sources.size} files, ${broken.length} broken import rules`)
process.exitCode = broken.length === 0 ? 0 : 1
