// `npm start`: the whole system on one machine. Works in a fresh clone with nothing but Node.js.
import { tooOld } from './bare/node-version.mjs'

const problem = tooOld(process.versions.node)
if (problem) {
  console.error(problem)
  process.exitCode = 1
} else {
  import('./bare/start-command.mjs').then(({ startCommand }) => startCommand())
}
