// `npm run chaos`: the whole system under load while its parts fail by a seed. See docs/operations.md.
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { tooOld } from './bare/node-version.mjs'
import { onStopSignals } from './bare/stop-signals.mjs'

const ROOT = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')
/** Not imported by its name: nothing but a command starts what tests are made of. */
const CHAOS = `${ROOT}/tests/chaos/main.ts`

const problem = tooOld(process.versions.node)
if (problem) {
  console.error(problem)
  process.exitCode = 1
} else {
  await run()
}

async function run() {
  const { createOutput } = await import('./bare/output.mjs')
  const { bundleProcesses } = await import('./bare/build.mjs')
  const { bringPackages, lockSetUp } = await import('./bare/set-up.mjs')
  const { StopError } = await import('./bare/stop-error.mjs')
  const { haproxy, redisServer } = await import('./bare/system-packages.mjs')
  const { openTestRun } = await import('./bare/test-servers.mjs')
  const { RUN_MARK } = await import('./bare/run-suite.mjs')

  const args = process.argv.slice(2)
  const out = createOutput()
  // What is to be read by a program is alone on standard output.
  const steps = args.includes('--json') ? createOutput({ stream: process.stderr }) : out
  const mark = `${process.pid}-${randomBytes(6).toString('hex')}`
  const run = openTestRun({ mark, note: steps.note })
  const { asked, force } = onStopSignals(() =>
    steps.note('Stopping: no more faults, what was recorded is checked. Ctrl-C again to stop at once.'),
  )
  // The guard of the run ends what carries its mark once this process is gone.
  force.addEventListener('abort', () => process.exit(130))
  try {
    if (!args.includes('--help')) {
      await steps.step('Packages', async (say) => {
        const release = await lockSetUp(ROOT, say)
        try {
          return { value: null, detail: await bringPackages(ROOT, say) }
        } finally {
          release()
        }
      })
      await steps.step('Redis', async (say) => {
        const { file, version } = await redisServer(`${run.tempDir}/bin`, say)
        process.env.TEST_REDIS_SERVER = file
        return { value: null, detail: version }
      })
      if (args.includes('--haproxy')) {
        const found = await steps.step('HAProxy', async (say) => {
          const value = await haproxy(say)
          return { value, detail: value.path ?? value.reason }
        })
        if (found.path === null) throw new StopError(`No HAProxy: ${found.reason}`)
        process.env.TEST_HAPROXY = found.path
      }
      await steps.step('Service', async (say) => ({ value: null, detail: await bundleProcesses(ROOT, say) }))
    }
    process.env[RUN_MARK] = mark
    const { runnerImport } = await import('vite')
    const { module } = await runnerImport(CHAOS, {
      configFile: false,
      root: ROOT,
      logLevel: 'error',
      // Node.js 20 has no `using` yet.
      oxc: { target: 'es2022' },
    })
    process.exitCode = await module.chaos(args, { print: out.line, style: out.style, signal: asked })
  } catch (error) {
    if (error instanceof StopError) steps.error(error.message, error.detail)
    else steps.error('The run broke off.', error instanceof Error ? error.stack : String(error))
    process.exitCode = 1
  }
  await run.close(force)
  process.exit()
}
