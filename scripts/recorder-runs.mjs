// `npm run recorder-runs`: types real recordings into pages with the real recorder, against the real service, while both are
// killed, cut off and emptied by seeds. See tests/recorder-page/README.md.
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { tooOld } from './bare/node-version.mjs'
import { onStopSignals } from './bare/stop-signals.mjs'

const ROOT = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')
/** Not imported by its name: nothing but a command starts what tests are made of. */
const RUNS = `${ROOT}/tests/recorder-page/main.ts`

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
  const { chromium } = await import('./bare/system-packages.mjs')
  const { openTestRun, startTestPostgres, startTestRedis } = await import('./bare/test-servers.mjs')
  const { RUN_MARK } = await import('./bare/run-suite.mjs')

  const out = createOutput()
  const mark = `${process.pid}-${randomBytes(6).toString('hex')}`
  const servers = openTestRun({ mark, note: out.note })
  // The guard of the run ends what carries its mark, browsers and services alike, once this process is gone.
  const { force } = onStopSignals(() => process.exit(130))
  try {
    await out.step('Packages', async (say) => {
      const release = await lockSetUp(ROOT, say)
      try {
        return { value: null, detail: await bringPackages(ROOT, say) }
      } finally {
        release()
      }
    })
    Object.assign(process.env, await out.step('PostgreSQL', (say) => startTestPostgres(servers, ROOT, say)))
    Object.assign(process.env, await out.step('Redis', (say) => startTestRedis(servers, say)))
    const browser = await out.step('Chromium', async (say) => {
      const found = await chromium(process.env, say)
      return { value: found, detail: found.path ?? found.reason }
    })
    if (browser.path === null) throw new StopError(`No Chromium: ${browser.reason}`)
    // Whatever outlives this process carries the mark, and is found by it.
    Object.assign(process.env, { CHROMIUM_PATH: browser.path, [RUN_MARK]: mark })
    await out.step('Service', async (say) => ({ value: null, detail: await bundleProcesses(ROOT, say) }))
    const { runnerImport } = await import('vite')
    const { module } = await runnerImport(RUNS, {
      configFile: false,
      root: ROOT,
      logLevel: 'error',
      // Node.js 20 has no `using` yet.
      oxc: { target: 'es2022' },
    })
    process.exitCode = await module.recorderRuns(process.argv.slice(2), out.line)
  } catch (error) {
    if (error instanceof StopError) out.error(error.message, error.detail)
    else out.error('The runs broke off.', error instanceof Error ? error.stack : String(error))
    process.exitCode = 1
  }
  await servers.close(force)
  // What a run that broke off has left open must not hold the command back.
  process.exit()
}
