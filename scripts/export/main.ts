import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Readable } from 'node:stream'
import { finished, pipeline } from 'node:stream/promises'
import { EXPORT_FORMATS } from '../../protocol/http/index.js'
import { runExportCommand, type Surroundings, SYSTEM_OPTIONS_HELP } from './export-command.js'
import { refusalOf } from './refusal.js'

export const HELP = `Writes a recording into a file.

  npm run export -- SESSION FORMAT                  into a file with the session's name, in this folder
  npm run export -- SESSION html --out report.html
  npm run --silent export -- SESSION git --out - | git fast-import

  FORMAT          ${EXPORT_FORMATS.join(', ')}
  --out FILE      where to; - is the standard output
${SYSTEM_OPTIONS_HELP}

Exits with 1 when the export could not be made whole, with 2 when an argument is wrong.
`

/** Answers the exit code. */
export const exportRecording = (args: readonly string[], surroundings: Surroundings): Promise<number> =>
  runExportCommand(args, surroundings, {
    help: HELP,
    operands: ['sessionId', 'format'],
    operandsMissing: 'Name a session and a format.',
    targetOption: 'out',
    async act({ sessionId, format, target, system }) {
      const { folder, out, err } = surroundings
      const path = `/v1/sessions/${encodeURIComponent(sessionId)}/export/${encodeURIComponent(format)}`
      const headers = { authorization: `Bearer ${system.token}` }
      const answer = await fetch(`${system.url}${path}`, { headers })
      if (!answer.ok || answer.body === null) throw new Error(await refusalOf(answer))
      const body = Readable.fromWeb(answer.body as never)
      if (target === '-') await intoStream(body, out)
      else err.write(`${await intoFile(body, resolve(folder, target ?? nameOf(answer)))}\n`)
    },
  })

/** As the service names it, which is safe ASCII; anything else is not followed. */
function nameOf(answer: Response): string {
  const name = /filename="([\w.-]+)"/.exec(answer.headers.get('content-disposition') ?? '')?.[1]
  if (name === undefined) throw new Error('the service named no file: say where to with --out')
  return name
}

async function intoStream(body: Readable, out: NodeJS.WritableStream): Promise<void> {
  body.pipe(out, { end: false })
  await finished(body)
}

/** The file has its name only once it is whole. */
async function intoFile(body: Readable, file: string): Promise<string> {
  const unfinished = `${file}.part`
  try {
    await pipeline(body, createWriteStream(unfinished))
    await rename(unfinished, file)
    return file
  } catch (error) {
    await rm(unfinished, { force: true })
    throw error
  }
}
