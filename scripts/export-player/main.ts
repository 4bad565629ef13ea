import { resolve } from 'node:path'
import {
  PROJECT_ROOT,
  runExportCommand,
  type Surroundings,
  SYSTEM_OPTIONS_HELP,
} from '../export/export-command.js'
import { fetchArchive } from './fetch-archive.js'
import { writeFolder } from './write-folder.js'

export const HELP = `Writes a recording and its player into a folder that any static file server can show.

  npm run export:player -- SESSION                  into a folder with the session's name, in this folder
  npm run export:player -- SESSION --to public/interview

  --to FOLDER     where to; there must be nothing in it yet
${SYSTEM_OPTIONS_HELP}

The session must be closed and archived. Exits with 1 when the folder could not be made whole, with 2 when an argument is
wrong.
`

/** Answers the exit code. */
export const exportPlayer = (args: readonly string[], surroundings: Surroundings): Promise<number> =>
  runExportCommand(args, surroundings, {
    help: HELP,
    operands: ['sessionId'],
    operandsMissing: 'Name one session.',
    targetOption: 'to',
    async act({ sessionId, target, system }) {
      const { folder, out } = surroundings
      const archive = await fetchArchive(system, sessionId)
      const to = resolve(folder, target ?? `interview-${archive.sessionId}`)
      const written = await writeFolder(to, archive, PROJECT_ROOT)
      out.write(`${to}\n`)
      for (const { name, bytes } of written) out.write(`  ${name.padEnd(28)} ${sizeOf(bytes).padStart(9)}\n`)
      out.write(`
Any host of static files shows it; from a file:// address browsers load no modules. To look at it here:

  python3 -m http.server --bind 127.0.0.1 --directory ${quoted(to)} 8080

and open http://127.0.0.1:8080/
`)
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
