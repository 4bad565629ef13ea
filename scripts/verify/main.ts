import { existsSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { openArchive } from '../../db/archive/open-archive.js'
import { openDatabase } from '../../db/connect.js'
import type { PublicKeys } from '../../db/integrity/keys.js'
import { readSetting } from '../../db/settings.js'
import { type Receipt, receiptView } from '../../protocol/http/receipts.js'
import type { Surroundings } from '../export/export-command.js'
import { pinnedKeys } from './keys.js'
import { printed, styleFor } from './print.js'
import { findTarget, type Target } from './targets.js'
import type { Outcome, Verdict } from './verdict.js'
import { NoRecording, verifyArchive } from './verify-archive.js'
import { verifySession } from './verify-session.js'

const PROJECT_ROOT = fileURLToPath(new URL('../../../', import.meta.url))

export const HELP = `Says whether a recording is as it was recorded: intact, redacted, not signed, or what was changed.

  npm run verify -- FOLDER                       a recording's folder, or an archive's with all its recordings
  npm run verify -- 's3://bucket/prefix/sessions/ID?endpoint=…&region=…'
  npm run verify -- SESSION                      a session by its rows in PostgreSQL, and its archive

  --key FILE|URL    the public keys: PEM, or a recorder's https://…/.well-known/recorder-keys.json
                    (RECORDER_KEYS, or DATA_DIR/signing-keys.json as npm start leaves it)
  --receipt FILE    a receipt's JSON: what it vouches for must be the beginning of the recording
  --json            the verdicts as JSON, one a line
  --help            this text

The keys come from outside of the archive: who could change it could sign it with another key. A session is read where
DATABASE_URL and ARCHIVE_URL say, or in the system that npm start runs in DATA_DIR.

Exits with 0 where everything is intact or redacted by the service, 1 where something was changed, 2 where that can't be said:
not signed, nothing there, a store away, a wrong argument.
`

const EXIT_CODES: Record<Outcome, number> = { intact: 0, redacted: 0, changed: 1, 'not signed': 2 }

/** Answers the exit code. */
export async function verify(
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
  const [text, ...more] = positionals
  if (values.help) {
    out.write(HELP)
    return 0
  }
  if (text === undefined || more.length > 0) {
    err.write(`Name one recording.\n\n${HELP}`)
    return 2
  }
  const dataDir = resolve(env.DATA_DIR?.trim() || join(PROJECT_ROOT, '.data'))
  try {
    const target = findTarget(text, folder)
    const keys = await pinnedKeys(keysFrom(values.key, env, folder, dataDir))
    const receipt =
      values.receipt === undefined ? undefined : await readReceipt(resolve(folder, values.receipt))
    const style = styleFor((out as { isTTY?: boolean }).isTTY === true && env.NO_COLOR === undefined)
    let exitCode = 0
    let count = 0
    for await (const verdict of verdicts(target, { keys, receipt }, env, dataDir)) {
      out.write(values.json ? `${JSON.stringify(verdict)}\n` : printed(verdict, style))
      exitCode = worse(exitCode, EXIT_CODES[verdict.outcome])
      count++
    }
    if (count > 0) return exitCode
    err.write(`There is no recording at ${text}.\n`)
    return 2
  } catch (error) {
    err.write(`Not verified: ${(error as Error).message}\n`)
    return 2
  }
}

/** Something that was changed weighs more than something that can't be told. */
const worse = (a: number, b: number): number => (a === 1 || b === 1 ? 1 : Math.max(a, b))

const read = (args: readonly string[]) =>
  parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      key: { type: 'string' },
      receipt: { type: 'string' },
      json: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  })

function keysFrom(
  given: string | undefined,
  env: NodeJS.ProcessEnv,
  folder: string,
  dataDir: string,
): string {
  const named = given ?? env.RECORDER_KEYS?.trim()
  if (named) return /^https?:\/\//.test(named) ? named : resolve(folder, named)
  const kept = join(dataDir, 'signing-keys.json')
  if (existsSync(kept)) return kept
  throw new Error('no public key is known: name one with --key.')
}

async function readReceipt(file: string): Promise<Receipt> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new Error(`${file} can't be read.`)
  })
  try {
    // As it is answered alone, or within the answer to a close.
    const said = JSON.parse(text) as { receipt?: unknown }
    return receiptView.parse(said.receipt ?? said)
  } catch {
    throw new Error(`${file} holds no receipt.`)
  }
}

async function* verdicts(
  target: Target,
  asked: { keys: PublicKeys; receipt: Receipt | undefined },
  env: NodeJS.ProcessEnv,
  dataDir: string,
): AsyncGenerator<Verdict> {
  if (target.kind === 'archive') {
    const { store, prefixes } = target
    try {
      for await (const prefix of prefixes) yield await verifyArchive({ store, prefix, ...asked })
    } finally {
      await store.close()
    }
    return
  }
  const { databaseUrl, archiveUrl } = storesFrom(env, dataDir)
  const db = openDatabase({ url: databaseUrl, applicationName: 'recorder-verify', maxConnections: 6 })
  const archive = archiveUrl === null ? null : openArchive(archiveUrl)
  try {
    yield await verifySession({ db, archive, sessionId: target.sessionId, ...asked })
  } catch (error) {
    if (error instanceof NoRecording) throw error
    // A driver's own words may hold what was asked for; its code says enough.
    const { name, code } = error as { name: string; code?: string }
    throw new Error(`PostgreSQL or the archive did not answer (${code ?? name}).`)
  } finally {
    await db.close()
    await archive?.close()
  }
}

function storesFrom(
  env: NodeJS.ProcessEnv,
  dataDir: string,
): { databaseUrl: string; archiveUrl: string | null } {
  const running = runningSystem(dataDir)
  const databaseUrl = readSetting(env, 'DATABASE_URL')?.trim() || running?.databaseUrl
  if (!databaseUrl) throw new Error('DATABASE_URL is not set, and no system runs in DATA_DIR.')
  return { databaseUrl, archiveUrl: env.ARCHIVE_URL?.trim() || running?.archiveUrl || null }
}

function runningSystem(dataDir: string): { databaseUrl?: string; archiveUrl?: string } | null {
  try {
    return JSON.parse(readFileSync(join(dataDir, 'running.json'), 'utf8'))
  } catch {
    return null
  }
}
