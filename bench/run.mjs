// npm run bench                        lists the benches
// npm run bench -- NAME [--json] [--OPTION N]…
// Progress goes to the error output, the table to the standard output; with --json the last line is one JSON object.
// Exit status 1 where a measurement is wrong, and not where a goal is missed: the result says that.
import { machineNow } from './support/machine.mjs'
import { createProgress } from './support/progress.mjs'

const NAMES = [
  'recorder-page',
  'recorder-bytes',
  'playback',
  'replay-seek',
  'sdk-size',
  'handlers',
  'wall',
  'ingest',
  'ingest-peer',
  'live',
  'idle',
  'growth',
  'nodes',
  'costs',
  'flush',
  'purge',
  'close',
  'archive-size',
  'stats',
  'join',
]

/**
 * @typedef {object} Bench what a bench's module exports
 * @property {string} about
 * @property {Record<string, { default: number, about: string }>} options
 * @property {(chosen: Record<string, number>, say: (text: string) => void) =>
 *   Promise<{ lines: string[], result: Record<string, unknown> }>} run
 */

/** @returns {Promise<Bench>} */
const load = (/** @type {string} */ name) => import(`./${name}.mjs`)

const [name, ...args] = process.argv.slice(2)
if (name === undefined || !NAMES.includes(name)) {
  if (name !== undefined) console.error(`There is no bench ${name}.\n`)
  await list()
  process.exit(name === undefined ? 0 : 1)
}
const bench = await load(name)
const { isJson, chosen } = choose(bench, args)
const progress = createProgress(process.stderr)
const before = machineNow()
try {
  const { lines, result } = await bench.run(chosen, progress.say)
  progress.clear()
  console.log([`\n${name}: ${bench.about}\n`, ...lines, '', verdict(result), ''].join('\n'))
  const machine = { ...machineNow(), loadBefore: before.load }
  if (isJson) console.log(JSON.stringify({ bench: name, ...result, machine }))
} catch (error) {
  progress.clear()
  console.error(error instanceof Error ? (error.stack ?? error.message) : error)
  process.exitCode = 1
}

function verdict(/** @type {Record<string, unknown>} */ { goal, holds }) {
  return `  ${holds ? '✓ holds' : '✗ missed'}: ${goal}`
}

/** @returns {{ isJson: boolean, chosen: Record<string, number> }} */
function choose(/** @type {Bench} */ { options }, /** @type {string[]} */ given) {
  const chosen = Object.fromEntries(Object.entries(options).map(([key, value]) => [key, value.default]))
  let isJson = false
  for (let i = 0; i < given.length; i++) {
    const arg = given[i] ?? ''
    const [key = '', inline] = arg.replace(/^--/, '').split('=')
    if (arg === '--json') isJson = true
    else if (arg.startsWith('--') && key in chosen) {
      const text = inline ?? given[++i] ?? ''
      if (!/^\d+$/.test(text)) fail(`--${key} takes a whole number; given: ${text || 'nothing'}.`)
      chosen[key] = Number(text)
    } else
      fail(
        `${arg} is unknown. ${name} takes --json${Object.keys(options)
          .map((o) => `, --${o} N`)
          .join('')}.`,
      )
  }
  return { isJson, chosen }
}

async function list() {
  console.log('npm run bench -- NAME [--json] [--OPTION N]…\n')
  for (const each of NAMES) {
    const { about, options } = await load(each)
    console.log(`  ${each.padEnd(16)}${about}`)
    for (const [option, { default: value, about: what }] of Object.entries(options)) {
      console.log(`  ${''.padEnd(16)}  --${option} N   ${what} (${value})`)
    }
  }
}

function fail(/** @type {string} */ message) {
  console.error(message)
  process.exit(1)
}
