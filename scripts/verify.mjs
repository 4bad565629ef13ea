// `npm run verify`: says whether a recording is as it was recorded. Itself without dependencies, so that it can say what is
// missing; the rest is compiled into dist/ by `npm start` or `npm run build`.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { tooOld } from './bare/node-version.mjs'

const main = new URL('../dist/scripts/verify/main.js', import.meta.url)

const problem = tooOld(process.versions.node) ?? missing()
if (problem) {
  console.error(problem)
  process.exitCode = 2
} else {
  const { verify } = await import(main.href)
  const { env, stdout: out, stderr: err } = process
  process.exitCode = await verify(process.argv.slice(2), { env, folder: process.cwd(), out, err })
}

function missing() {
  if (existsSync(fileURLToPath(main))) return null
  return 'The project is not built yet. Run `npm run build`, or `npm start`, which builds it too.'
}
