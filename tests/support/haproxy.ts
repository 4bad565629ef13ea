import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './own-redis.js'
import { waitFor } from './wait-for.js'

const CONFIG = new URL('../../docker/haproxy.cfg', import.meta.url)

/** Debian's HAProxy with the project's configuration, in front of servers that are on loopback and not found by Docker's names. */
export interface Haproxy extends AsyncDisposable {
  readonly url: string
  readonly port: number
  /** Has it read its files anew, as its image does on SIGUSR2. With a certificate only. */
  reload(): void
}

/** Null where it is not installed. */
export const haproxyProgram = (): string | null => process.env.TEST_HAPROXY || null

/** @param tls a PEM file with certificate and key: then the url is that of the TLS entry */
export async function startHaproxy(ports: readonly number[], tls?: string): Promise<Haproxy> {
  const program = haproxyProgram()
  if (program === null) throw new Error('TEST_HAPROXY names no HAProxy')
  const folder = await mkdtemp(join(tmpdir(), 'recorder-haproxy-'))
  const [entry, entryTls] = [await freePort(), await freePort()]
  const file = join(folder, 'haproxy.cfg')
  await writeFile(file, onLoopback(await readFile(CONFIG, 'utf8'), { ports, entry, entryTls }))
  const env = { PATH: process.env.PATH ?? '', ...(tls === undefined ? {} : { TLS_CERT_FILE: tls }) }
  const args = ['-f', file, '-db', ...(tls === undefined ? [] : ['-W'])]
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
  await waitFor(
    'HAProxy',
    async () => {
      if (child.exitCode !== null) throw new Error(`HAProxy ended with ${child.exitCode}:\n${output}`)
      return (await fetch(`http://127.0.0.1:${entry}/healthz`).catch(() => null))?.status === 200
    },
    30_000,
  )
  return {
    url: tls === undefined ? `http://127.0.0.1:${entry}` : `https://localhost:${entryTls}`,
    port: tls === undefined ? entry : entryTls,
    reload: () => void child.kill('SIGUSR2'),
    [Symbol.asyncDispose]: async () => {
      // The one that reads anew ends those that serve.
      await end(child, tls === undefined ? 'SIGKILL' : 'SIGTERM')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** What depends on Docker's network is put differently; every other line is the project's own. */
function onLoopback(
  config: string,
  { ports, entry, entryTls }: { ports: readonly number[]; entry: number; entryTls: number },
): string {
  const put = (text: string, from: RegExp, to: string) => {
    if (!from.test(text)) throw new Error(`docker/haproxy.cfg has no ${from}`)
    return text.replace(from, to)
  }
  const template = / {2}server-template server- \d+ server:4700 (check .*?) resolvers docker .*/
  const check = template.exec(config)?.[1]
  const servers = ports.map((port, i) => `  server server-${i + 1} 127.0.0.1:${port} ${check}`).join('\n')
  let text = put(config, template, servers)
  text = put(text, /resolvers docker\n(?: {2}.*\n)+/, '')
  text = put(text, /bind :8080/, `bind 127.0.0.1:${entry}`)
  return put(text, /bind :8443/, `bind 127.0.0.1:${entryTls}`)
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill(signal)
  await gone
}
