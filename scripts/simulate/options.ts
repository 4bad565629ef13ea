import { existsSync, statSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { isRecording } from './recorded-interview.js'

/** auto: so fast that the longest interview takes about two minutes. max: as fast as the service takes it. */
export type Speed = number | 'auto' | 'max'

export interface Options {
  sessionCount: number
  speed: Speed
  /** A folder of recordings, or one recorded interview; null: the samples of this project. */
  from: string | null
  /** null: as npm start left them in DATA_DIR. */
  url: string | null
  token: string | null
}

export type ParsedOptions =
  | { kind: 'run'; options: Options }
  | { kind: 'help' }
  /** `problem` is one line that names the option, what was given and what is expected. */
  | { kind: 'wrong'; problem: string }

const MAX_SESSIONS = 1000
const MAX_SPEED = 100_000

export const HELP = `Plays interviews as candidates through the real recorder, against a running system.

  npm run simulate                                  three sample interviews
  npm run simulate -- --sessions 30 --speed 10      a full wall, ten times as fast as life
  npm run simulate -- --from ../shared/data         real recordings, woven into one interview
  npm run simulate -- --from interview.ndjson       an interview that was recorded, as it was

  --sessions N    how many candidates at the same time, 1 to ${MAX_SESSIONS} (3; 1 with --from)
  --speed X       how many times as fast as life, or max; without it the longest interview takes about 2 minutes
  --from FOLDER   recordings to weave: editing traces (*.json.gz), terminal casts (*.cast), agents' runs (*.traj)
  --from FILE     one recorded interview (*.ndjson, *.ndjson.gz), as npm run export writes it
  --url URL       the recorder service          (RECORDER_URL, or the system that npm start runs in DATA_DIR)
  --token TOKEN   a token of the role service   (RECORDER_TOKEN, or DATA_DIR/service-token)
  --help          this text

At a speed, events are stamped when they are played. With max they keep their pace and end now.
Exits with 1 when sent, acked and committed differ, with 2 when an option is wrong.
`

/** Reads the command line and what the environment says in its place. */
export function parseOptions(args: readonly string[], env: NodeJS.ProcessEnv): ParsedOptions {
  let values: ReturnType<typeof read>
  try {
    values = read(args)
  } catch (error) {
    return wrong(firstSentence((error as Error).message))
  }
  if (values.help) return { kind: 'help' }

  const from = values.from ?? null
  if (from !== null && !isFolder(from) && !(isRecording(from) && existsSync(from)))
    return wrong(`--from ${from} is neither a folder that can be read nor an .ndjson file.`)
  const sessionCount = values.sessions === undefined ? (from === null ? 3 : 1) : Number(values.sessions)
  if (!Number.isInteger(sessionCount) || sessionCount < 1 || sessionCount > MAX_SESSIONS) {
    return wrong(`--sessions ${values.sessions} is not a number from 1 to ${MAX_SESSIONS}.`)
  }
  const speed = speedOf(values.speed)
  if (speed === null) {
    return wrong(`--speed ${values.speed} is neither max nor a number above 0, at most ${MAX_SPEED}.`)
  }
  const url = values.url ?? env.RECORDER_URL ?? null
  if (url !== null && !/^https?:$/.test(protocolOf(url))) {
    return wrong(`--url ${url} is not an address like http://127.0.0.1:4700.`)
  }
  const token = values.token ?? env.RECORDER_TOKEN ?? null
  return { kind: 'run', options: { sessionCount, speed, from, url, token } }
}

const read = (args: readonly string[]) =>
  parseArgs({
    args: [...args],
    options: {
      sessions: { type: 'string' },
      speed: { type: 'string' },
      from: { type: 'string' },
      url: { type: 'string' },
      token: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  }).values

function speedOf(text: string | undefined): Speed | null {
  if (text === undefined) return 'auto'
  if (text === 'max') return 'max'
  const speed = Number(text.replace(/x$/, ''))
  return speed > 0 && speed <= MAX_SPEED ? speed : null
}

const isFolder = (path: string): boolean => existsSync(path) && statSync(path).isDirectory()

const protocolOf = (url: string): string => (URL.canParse(url) ? new URL(url).protocol : '')

const firstSentence = (message: string): string => `${message.split(/\.\s/)[0]?.replace(/\.$/, '')}.`

const wrong = (problem: string): ParsedOptions => ({ kind: 'wrong', problem })
