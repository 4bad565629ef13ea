import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../../scripts/bare/processes.mjs'
import { buildPackage } from '../../scripts/build-sdk/build-package.mjs'
import { ROOT } from '../support/documents.js'

/** An empty project of somebody else's, with the SDK installed from what `npm pack` makes of it. */
export interface Project extends Disposable {
  readonly dir: string
  /** The files in the tarball, by their path in the package. */
  readonly packed: string[]
  /** Where the package was installed. */
  readonly installed: string
  /** Runs a program of the project's node_modules; rejects with what it said. */
  tool(script: string, args: string[], env?: Record<string, string>): Promise<string>
}

/** What a page of such a project uses besides; taken from here, to save the download. */
const FROM_HERE =
  /^(@anthropic-ai|@codemirror|@lezer|@marijn|@types|@xterm|codemirror|crelt|csstype|monaco-editor|react|react-dom|scheduler|style-mod|typescript|vite|w3c-keyname)$/

export async function makeProject(): Promise<Project> {
  await buildPackage(ROOT.replace(/\/$/, ''))
  const dir = mkdtempSync(join(tmpdir(), 'recorder-package-'))
  const pack = await npm(ROOT, [
    'pack',
    './client-sdk',
    '--json',
    '--loglevel=error',
    '--ignore-scripts',
    '--pack-destination',
    dir,
  ])
  const [{ filename, files }] = JSON.parse(pack) as [{ filename: string; files: { path: string }[] }]
  const write = (file: string, content: object) => writeFileSync(join(dir, file), JSON.stringify(content))
  write('package.json', { name: 'somebody-elses', private: true, type: 'module' })
  // The versions that are installed here: npm has them in its cache, whether there is a network or not.
  write('package-lock.json', lockOf('socket.io-client'))
  await npm(dir, [
    'install',
    `./${filename}`,
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
    '--ignore-scripts',
  ])
  const modules = join(ROOT, 'node_modules')
  for (const name of readdirSync(modules))
    if (FROM_HERE.test(name)) symlinkSync(join(modules, name), join(dir, 'node_modules', name))
  // The pages of the project, and those that the README shows.
  cpSync(join(ROOT, 'tests/package/vite-project'), dir, { recursive: true })
  cpSync(join(ROOT, 'tests/package/examples'), join(dir, 'examples'), {
    recursive: true,
    // That one has editors find the package's sources.
    filter: (file) => !file.endsWith('tsconfig.json'),
  })
  return {
    dir,
    packed: files.map(({ path }) => path).sort(),
    installed: join(dir, 'node_modules/@interviewlm/recorder-sdk'),
    tool: (script, args, env = {}) => {
      const file = join(dir, 'node_modules', script)
      return output(
        run(process.execPath, [file, ...args], { cwd: dir, env: { ...process.env, NODE_ENV: '', ...env } }),
      )
    },
    [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }),
  }
}

const npm = (cwd: string, args: string[]): Promise<string> => output(run('npm', args, { cwd }))

async function output(running: ReturnType<typeof run>): Promise<string> {
  const { code, output } = await running
  if (code !== 0) throw new Error(output)
  return output
}

/** A lock of one package and all it depends on, out of the lock of this project. */
function lockOf(name: string): object {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dependencies?: Record<string, string> }>
  }
  const names = [name]
  // The list grows while it is walked.
  for (const one of names)
    for (const dependency of Object.keys(packages[`node_modules/${one}`]?.dependencies ?? {}))
      if (!names.includes(dependency)) names.push(dependency)
  const locked = names.map((one) => [`node_modules/${one}`, packages[`node_modules/${one}`]])
  return { lockfileVersion: 3, requires: true, packages: { '': {}, ...Object.fromEntries(locked) } }
}
