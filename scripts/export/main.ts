import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Readable } from 'node:stream'
import { finished, pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { EXPORT_FORMATS } from '../../protocol/http/index.js'
import { findSystem, NoSystem } from '../simulate/running-system.js'
import { refusalOf } from './refusal.js'

const PROJECT_ROOT = fileURLToPath(new URL('../../../', import.meta.url))

export const HELP = `Writes a recording into a file.

  npm run export -- SESSION FORMAT                  into a file with the session's name, in this folder
  npm run export -- SESSION html --out report.html
  npm run --silent export -- SESSION git --out - | git fast-import

  FORMAT          ${EXPORT_FORMATS.join(', ')}
  --out FILE      where to; - is the standard output
  --url URL       the recorder service          (RECORDER_URL, or the system that npm start runs in DATA_DIR)
  --token TOKEN   of role service or proctor    (RECORDER_TOKEN, or DATA_DIR/service-token)
  --help          this text

Exits with 1 when the export could not be made whole, with 2 when an argument is wrong.
`

export interface Surroundings {
  env: NodeJS.ProcessEnv
  /** Where relative files lie. */
  folder: string
  out: NodeJS.WritableStream
  err: NodeJS.WritableStream
}

/** Answers the exit code. */
export async function exportRecording(
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
  const [sessionId, format, ...more] = positionals
  if (values.help) {
    out.write(HELP)
    return 0
  }
  if (sessionId === undefined || format === undefined || more.length > 0) {
    err.write(`Name a session and a format.\n\n${HELP}`)
    return 2
  }
  try {
    const given = {
      url: values.url ?? env.RECORDER_URL ?? null,
      token: values.token ?? env.RECORDER_TOKEN ?? null,
    }
    const { url, token } = findSystem(given, env, PROJECT_ROOT)
    const path = `/v1/sessions/${encodeURIComponent(sessionId)}/export/${encodeURIComponent(format)}`
    const answer = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}` } })
    if (!answer.ok || answer.body === null) throw new Error(await refusalOf(answer))
    const body = Readable.fromWeb(answer.body as never)
    if (values.out === '-') await intoStream(body, out)
    else err.write(`${await intoFile(body, resolve(folder, values.out ?? nameOf(answer)))}\n`)
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
      out: { type: 'string' },
      url: { type: 'string' },
      token: { type: 'string' },
      help: { type: 'boolean' },
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
