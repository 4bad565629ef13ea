import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Surroundings } from '../export/main.js'
import { findSystem, NoSystem } from '../simulate/running-system.js'
import { fetchArchive } from './fetch-archive.js'
import { writeFolder } from './write-folder.js'

const PROJECT_ROOT = fileURLToPath(new URL('../../../', import.meta.url))

export const HELP = `Writes a recording and its player into a folder that any static file server can show.

  npm run export:player -- SESSION                  into a folder with the session's name, in this folder
  npm run export:player -- SESSION --to public/interview

  --to FOLDER     where to; there must be nothing in it yet
  --url URL       the recorder service          (RECORDER_URL, or the system that npm start runs in DATA_DIR)
  --token TOKEN   of role service or proctor    (RECORDER_TOKEN, or DATA_DIR/service-token)
  --help          this text

The session must be closed and archived. Exits with 1 when the folder could not be made whole, with 2 when an argument is
wrong.
`

/** Answers the exit code. */
export async function exportPlayer(
  args: readonly string[],
  { env, folder, out, err }: Surroundings,
): Promise<number> {
  let options: ReturnType<typeof read>
  try {
    options = read(args)
  } catch (error) {
    err.write(`${(error as Error).message}\n`)
    return 2
  }
  const { values, positionals } = options
  const [sessionId, ...more] = positionals
  if (values.help) {
    out.write(HELP)
    return 0
  }
  if (sessionId === undefined || more.length > 0) {
    err.write(`Name one session.\n\n${HELP}`)
    return 2
  }
  try {
    const given = {
      url: values.url ?? env.RECORDER_URL ?? null,
      token: values.token ?? env.RECORDER_TOKEN ?? null,
    }
    const archive = await fetchArchive(findSystem(given, env, PROJECT_ROOT), sessionId)
    const to = resolve(folder, values.to ?? `interview-${archive.sessionId}`)
    const written = await writeFolder(to, archive, PROJECT_ROOT)
    out.write(`${to}\n`)
    for (const { name, bytes } of written) out.write(`  ${name.padEnd(28)} ${sizeOf(bytes).padStart(9)}\n`)
    out.write(`
Any host of static files shows it; from a file:// address browsers load no modules. To look at it here:

  python3 -m http.server --bind 127.0.0.1 --directory ${quoted(to)} 8080

and open http://127.0.0.1:8080/
`)
    return 0
  } catch (error) {
    const what = error instanceof NoSystem ? '' : 'The recording was not exported: '
    err.write(`${what}${(error as Error).message}\n`)
    return 1
  }
}

const read = (args: readonly string[]) =>
  parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      to: { type: 'string' },
      url: { type: 'string' },
      token: { type: 'string' },
      help: { type: 'boolean' },
    },
  })

const sizeOf = (bytes: number): string =>
  bytes < 1000
    ? `${bytes} B`
    : bytes < 1e6
      ? `${(bytes / 1e3).toFixed(1)} kB`
      : `${(bytes / 1e6).toFixed(1)} MB`

/** As a shell takes it. */
const quoted = (path: string): string =>
  /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`
