// `npm test`: every check of the project. Works in a fresh clone with nothing but Node.js.
//   npm test -- --only types,unit     some stages
//   npm test -- db/archive            the tests whose path holds this, of every kind
import { tooOld } from './bare/node-version.mjs'

const problem = tooOld(process.versions.node)
if (problem) {
  console.error(problem)
  process.exitCode = 1
} else {
  import('./bare/test-command.mjs').then(({ testCommand }) => testCommand(process.argv.slice(2)))
}
