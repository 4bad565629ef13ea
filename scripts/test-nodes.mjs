// `npm run test:nodes`: the unit and service tests on the oldest Node.js that is supported and on newer ones.
//   npm run test:nodes -- 24 26                           these versions alone
//   npm run test:nodes -- 24 --only unit db/archive       as `npm test` takes it
import { spawn, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { bringNode, NODE_VERSIONS, nodesSummary } from './bare/node-versions.mjs'
import { StopError } from './bare/stop-error.mjs'

const ROOT = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')
const CORE = ['--only', 'unit,service']

const args = process.argv.slice(2)
const firstOther = args.findIndex((arg) => !/^\d+(\.\d+)*$/.test(arg))
const asked = firstOther < 0 ? args : args.slice(0, firstOther)
const rest = firstOther < 0 ? [] : args.slice(firstOther)

try {
  const runs = []
  for (const version of asked.length > 0 ? asked : NODE_VERSIONS) {
    const node = bringNode(`${process.env.DATA_DIR || `${ROOT}/.data`}/nodes`, version)
    const given = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim()
    console.log(`\nNode.js ${given}`)
    runs.push({ version, given, ...(await testWith(node, rest.length > 0 ? rest : CORE)) })
  }
  const { lines, ok } = nodesSummary(runs)
  console.log(`\n${lines.join('\n')}`)
  process.exitCode = ok ? 0 : 1
} catch (error) {
  if (!(error instanceof StopError)) throw error
  console.error(`${error.message}\n${error.detail}`)
  process.exitCode = 1
}

/**
 * The tests start everything with the Node.js that they run on themselves.
 * @param {string} node
 * @param {string[]} testArgs
 * @returns {Promise<{ status: number | null, lastLine: string }>}
 */
async function testWith(node, testArgs) {
  const child = spawn(node, [`${ROOT}/scripts/test.mjs`, ...testArgs], {
    cwd: ROOT,
    stdio: ['inherit', 'pipe', 'inherit'],
  })
  let lastLine = ''
  child.stdout.on('data', (/** @type {Buffer} */ chunk) => {
    process.stdout.write(chunk)
    lastLine = chunk.toString().trimEnd().split('\n').at(-1) || lastLine
  })
  const status = await new Promise((resolve) => child.once('close', resolve))
  return { status, lastLine }
}
