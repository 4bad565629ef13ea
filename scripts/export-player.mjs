// `npm run export:player`: writes a recording into a folder that any static file server can show. Itself without
// dependencies, so that it can say what is missing; the rest is compiled into dist/ by `npm start` or `npm run build`.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { tooOld } from './bare/node-version.mjs'

const main = new URL('../dist/scripts/export-player/main.js', import.meta.url)
const player = new URL('../dist/player/session-player.js', import.meta.url)

const problem = tooOld(process.versions.node) ?? missing()
if (problem) {
  console.error(problem)
  process.exitCode = 1
} else {
  const { exportPlayer } = await import(main.href)
  const { env, stdout: out, stderr: err } = process
  process.exitCode = await exportPlayer(process.argv.slice(2), { env, folder: process.cwd(), out, err })
}

function missing() {
  if ([main, player].every((file) => existsSync(fileURLToPath(file)))) return null
  return 'The project is not built yet. Run `npm start` in another terminal: it builds it, and starts the system that this command asks.'
}
