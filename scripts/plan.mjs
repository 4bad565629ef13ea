// `npm run plan`: what so many interviews need. Itself without dependencies, so that it can say what is missing; the rest is
// compiled into dist/ by `npm start` or `npm run build`.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { tooOld } from './bare/node-version.mjs'

const main = new URL('../dist/scripts/plan/main.js', import.meta.url)

const problem = tooOld(process.versions.node) ?? missing()
if (problem) {
  console.error(problem)
  process.exitCode = 2
} else {
  const { plan } = await import(main.href)
  process.exitCode = await plan(process.argv.slice(2))
}

function missing() {
  if (existsSync(fileURLToPath(main))) return null
  return 'The project is not built yet. Run `npm run build`, or `npm start`, which builds it too.'
}
