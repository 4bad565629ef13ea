import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { buildConsole, bundleProcesses, compile } from './build.mjs'
import { takeDataFolder } from './data-folder.mjs'
import { writeJson } from './files.mjs'
import { nodeServices, urlOf } from './node-services.mjs'
import { shown } from './output.mjs'
import { publicPort, rememberedPorts } from './ports.mjs'
import { run } from './processes.mjs'
import { bringPackages, lockSetUp } from './set-up.mjs'
import { startSettings } from './settings.mjs'
import { signingKeys } from './signing-keys.mjs'
import { StopError } from './stop-error.mjs'
import { bringArchive, bringPostgres, bringRedis } from './stores.mjs'
import { createSupervisor } from './supervisor.mjs'
import { authSecret, localTokens } from './tokens.mjs'

/** @typedef {(() => void | Promise<void>)[]} Cleanup what undoes the start, to be run from the last to the first */

/**
 * Brings up the whole system and returns when it is ready. Each thing that must be undone is in `cleanup` before
 * the next one begins, also when this fails half way.
 * @param {{ root: string, env: NodeJS.ProcessEnv, out: import('./output.mjs').Output, cleanup: Cleanup,
 *   stopAsked: AbortSignal, force: AbortSignal }} request
 * @throws {StopError}
 */
export async function startSystem({ root, env, out, cleanup, stopAsked, force }) {
  if (process.platform === 'win32') {
    throw new StopError(
      'Windows itself is not supported. Run this inside WSL: https://learn.microsoft.com/windows/wsl/',
    )
  }
  /** @type {typeof out.step} */
  const step = (label, work) => {
    if (stopAsked.aborted) throw new StopError('Stopped before it ran.')
    return out.step(label, work)
  }
  const settings = startSettings(env, root)
  const { dataDir } = settings
  const supervisor = await openDataFolder({ dataDir, out, cleanup, force })
  // Known to be wrong before anything is installed; chosen when it is about to be used, which may be minutes later.
  await serverPort(settings)

  await step('Packages', async (say) => {
    const release = await lockSetUp(root, say)
    cleanup.push(release)
    return { value: null, detail: await bringPackages(root, say) }
  })
  await step('Programs', async (say) => {
    await compile(root)
    return { value: null, detail: await bundleProcesses(root, say) }
  })
  await step('Console', async (say) => ({ value: null, detail: await buildConsole(root, say) }))
  await cleanup.pop()?.()

  const stores = { root, dataDir, settings, supervisor, ports: rememberedPorts(join(dataDir, 'ports.json')) }
  const { databaseUrl, keptIn } = await step('PostgreSQL', (say) => bringPostgres(stores, say))
  const redisUrl = await step('Redis', (say) => bringRedis(stores, say))
  const archiveUrl = await step('Archive', async () => bringArchive(stores))
  await step('Tables', async () => ({
    value: await migrate(root, { ...env, DATABASE_URL: databaseUrl }),
    detail: 'up to date',
  }))

  const port = await serverPort(settings)
  if (port !== settings.port.wanted)
    out.line(
      `  ${out.style.yellow('!')} Port ${settings.port.wanted} is taken by another program; using ${port}.`,
    )
  const secret = authSecret(settings.authSecret, dataDir)
  const { signingKeyFile, publicKeysFile } = await signingKeys({
    root,
    given: settings.signingKeyFile,
    dataDir,
  })
  const workerPort = settings.workerPort ?? (await stores.ports.get('worker'))
  const serverUrl = urlOf(settings.host, port)
  const services = nodeServices({
    root,
    server: { host: settings.host, port },
    workerPort,
    env: {
      NODE_ENV: 'production',
      ...env,
      DATABASE_URL: databaseUrl,
      REDIS_URL: redisUrl,
      ARCHIVE_URL: archiveUrl,
      AUTH_SECRET: secret,
      SIGNING_KEY_FILE: signingKeyFile,
      HOST: settings.host,
      DEMO: settings.demo,
      PORT: String(port),
      WORKER_PORT: String(workerPort),
      DATA_DIR: dataDir,
    },
  })
  await step('Server', async () => ({ value: await supervisor.start(services.server), detail: serverUrl }))
  await step('Worker', async () => ({
    value: await supervisor.start(services.worker),
    detail: `health on port ${workerPort}`,
  }))

  const { consoleToken, serviceTokenFile } = await localTokens({ root, secret, dataDir })
  writeJson(join(dataDir, 'running.json'), {
    pid: process.pid,
    url: serverUrl,
    databaseUrl,
    redisUrl,
    archiveUrl,
    ports: { server: port, worker: workerPort },
  })
  out.summary('InterviewLM Recorder is running', [
    ['Console', out.style.cyan(`${serverUrl}/#token=${consoleToken}`)],
    ['', out.style.dim('(the link signs you in, and is good for 12 hours)')],
    ...(settings.demo === 'on'
      ? [
          /** @type {[string, string]} */ ([
            'Demo tab',
            `${serverUrl}/demo  ${out.style.dim('(be the candidate; the console shows you)')}`,
          ]),
        ]
      : []),
    ['API docs', `${serverUrl}/docs`],
    ['API token', `${shown(serviceTokenFile)}  ${out.style.dim('(role service)')}`],
    ['Public keys', `${shown(publicKeysFile)}  ${out.style.dim('(npm run verify checks with these)')}`],
    ['Feed it', `npm run simulate  ${out.style.dim('(in a second terminal)')}`],
    ['Data', `${shown(dataDir)}  ${out.style.dim(`(logs in ${shown(join(dataDir, 'logs'))})`)}`],
    ...(keptIn === null ? [] : [/** @type {[string, string]} */ (['', `PostgreSQL's in ${keptIn}`])]),
    ['Stop', `Ctrl-C  ${out.style.dim('(the data are kept)')}`],
  ])
}

/** Takes DATA_DIR and registers how everything in it stops. */
async function openDataFolder(
  /** @type {{ dataDir: string, out: import('./output.mjs').Output, cleanup: Cleanup, force: AbortSignal }} */ {
    dataDir,
    out,
    cleanup,
    force,
  },
) {
  const { roster, release } = await takeDataFolder(dataDir, (text) => out.line(`  … ${text}`))
  cleanup.push(release)
  const supervisor = createSupervisor({ logsDir: join(dataDir, 'logs'), roster, note: out.note })
  cleanup.push(async () => {
    rmSync(join(dataDir, 'running.json'), { force: true })
    const hadAny = roster.list().length > 0
    await supervisor.stopAll({
      force,
      onGone: ({ title }, wasClean) =>
        out.line(`  ${wasClean ? '✓' : '!'} ${title} ${wasClean ? 'stopped' : 'was ended by force'}`),
    })
    if (hadAny) out.line(`\n  Everything is kept in ${shown(dataDir)}; npm start goes on from there.\n`)
  })
  return supervisor
}

async function serverPort(/** @type {import('./settings.mjs').StartSettings} */ { host, port }) {
  const free = await publicPort({ ...port, host }).catch((error) => {
    throw new StopError(
      `HOST is "${host}"; expected an address of this machine, like 127.0.0.1 or 0.0.0.0.`,
      error.message,
    )
  })
  if (free === null) {
    throw new StopError(
      `PORT ${port.wanted} on ${host} is taken by another program. Stop that one, or set another PORT.`,
    )
  }
  return free
}

async function migrate(/** @type {string} */ root, /** @type {NodeJS.ProcessEnv} */ env) {
  const { code, output } = await run(process.execPath, [join(root, 'dist/db/migrate.js')], { cwd: root, env })
  if (code !== 0) throw new StopError('The database could not be brought to the newest tables.', output)
}
