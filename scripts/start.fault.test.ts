import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { leftRunning, type Member } from './bare/roster.mjs'

// The real command with the real servers, in a data folder of its own.

const START = fileURLToPath(new URL('./start.mjs', import.meta.url))
const VERIFY = fileURLToPath(new URL('./verify.mjs', import.meta.url))
const READY_MS = 90_000

let dir: string
let dataDir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'start-'))
  dataDir = join(dir, 'data')
})
afterAll(async () => {
  for (const started of all) started.child.kill('SIGKILL')
  const nobodyIsLeft = () => expect(leftRunning(join(dataDir, 'children.json'))).toEqual([])
  await vi.waitFor(nobodyIsLeft, { timeout: READY_MS })
  rmSync(dir, { recursive: true, force: true, maxRetries: 5 })
})

interface Started {
  child: ChildProcess
  said: () => string
  exited: Promise<number | null>
}
const all: Started[] = []

function start(env: Record<string, string> = {}): Started {
  const { npm_lifecycle_event: _underNpm, ...inherited } = process.env
  const child = spawn(process.execPath, [START], {
    env: { ...inherited, NODE_ENV: 'production', DATA_DIR: dataDir, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      said += chunk
    })
  }
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const started = { child, said: () => said, exited }
  all.push(started)
  return started
}

const text = (name: string) => readFileSync(join(dataDir, name), 'utf8')
const running = () => JSON.parse(text('running.json')) as { pid: number; url: string }
const members = () => JSON.parse(text('children.json')) as Member[]
const pidOf = (name: string) => members().find((member) => member.name === name)?.pid ?? 0

async function untilReady({ child, said }: Started) {
  await expect
    .poll(() => child.exitCode !== null || said().includes('is running'), { timeout: READY_MS })
    .toBe(true)
  expect(said()).toContain('InterviewLM Recorder is running')
}

const readiness = () =>
  fetch(`${running().url}/readyz`).then(
    ({ status }) => status,
    () => 0,
  )

const api = (path: string, init: RequestInit = {}) =>
  fetch(`${running().url}/v1${path}`, {
    ...init,
    headers: { authorization: `Bearer ${text('service-token').trim()}`, 'content-type': 'application/json' },
  })

describe.sequential('one data folder, through a life of trouble', () => {
  let sessionId = ''
  let keys: unknown

  test('it comes up in an empty folder, with tokens that work', async () => {
    const first = start()
    await untilReady(first)
    expect(running().pid).toBe(first.child.pid)
    expect(await readiness()).toBe(200)
    const made = await api('/sessions', { method: 'POST', body: JSON.stringify({ candidateId: 'kept' }) })
    expect(made.status).toBe(201)
    sessionId = ((await made.json()) as { id: string }).id
    const consoleToken = /#token=(\S+)/.exec(first.said())?.[1]
    const asProctor = await fetch(`${running().url}/v1/sessions/${sessionId}`, {
      headers: { authorization: `Bearer ${consoleToken}` },
    })
    expect(asProctor.status).toBe(200)
  })

  test('what is secret can be read by its owner alone', () => {
    for (const name of [
      'auth-secret',
      'signing-key.pem',
      'service-token',
      'running.json',
      'postgres-password',
      'redis-password',
    ]) {
      expect([name, statSync(join(dataDir, name)).mode & 0o077]).toEqual([name, 0])
    }
  })

  test('[R15] it signs with a key that was made once, and npm run verify finds system and key by itself', async () => {
    const published = await fetch(`${running().url}/.well-known/recorder-keys.json`)
    keys = await published.json()
    expect(keys).toEqual(JSON.parse(text('signing-keys.json')))
    const child = spawn(process.execPath, [VERIFY, sessionId], {
      env: { PATH: process.env.PATH ?? '', DATA_DIR: dataDir },
    })
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk))
    const [code] = await once(child, 'close')
    expect([code, said]).toEqual([2, expect.stringContaining('Not signed yet: the session is live.')])
  })

  test('a second start in the same folder is refused, and says where the first one is', async () => {
    const second = start()
    expect(await second.exited).toBe(1)
    expect(second.said()).toContain(running().url)
    expect(second.said()).toContain(`process ${running().pid}`)
    expect(await readiness()).toBe(200)
  })

  test('[kill -9] of the server and the worker: both run again', async () => {
    const killed = ['server', 'worker'].map(pidOf)
    for (const pid of killed) process.kill(pid, 'SIGKILL')
    await expect
      .poll(() => ['server', 'worker'].map(pidOf).some((pid) => pid === 0 || killed.includes(pid)))
      .toBe(false)
    await expect.poll(readiness, { timeout: READY_MS }).toBe(200)
  })

  test('[kill -9] of Redis and PostgreSQL: both run again with their data', async () => {
    const killed = ['redis', 'postgres'].map(pidOf)
    for (const pid of killed) process.kill(pid, 'SIGKILL')
    await expect
      .poll(() => ['redis', 'postgres'].map(pidOf).some((pid) => pid === 0 || killed.includes(pid)), {
        timeout: READY_MS,
      })
      .toBe(false)
    await expect
      .poll(() => api(`/sessions/${sessionId}`).then(({ status }) => status), { timeout: READY_MS })
      .toBe(200)
  })

  test('[kill -9] of the command itself: nothing is left, and the next start goes on from there', async () => {
    const before = members()
    process.kill(running().pid, 'SIGKILL')
    const next = start()
    await untilReady(next)
    expect(running().pid).toBe(next.child.pid)
    expect(members().map(({ pid }) => pid)).not.toEqual(expect.arrayContaining(before.map(({ pid }) => pid)))
    expect((await api(`/sessions/${sessionId}`)).status).toBe(200)
    const published = await fetch(`${running().url}/.well-known/recorder-keys.json`)
    expect(await published.json()).toEqual(keys)
  })

  test('Ctrl-C stops everything in order and exits 0', async () => {
    const last = all.at(-1)
    if (!last) throw new Error('Nothing was started.')
    const stopped = members()
    last.child.kill('SIGINT')
    // npm sends the terminal's signal once more.
    last.child.kill('SIGINT')
    expect(await last.exited).toBe(0)
    const order = [...last.said().matchAll(/✓ (\w+) stopped/g)].map((match) => match[1])
    expect(order.slice(0, 2).sort()).toEqual(['Server', 'Worker'])
    expect(order.slice(2)).toEqual(['Redis', 'PostgreSQL'])
    expect(stopped).toHaveLength(4)
    expect(members()).toEqual([])
    expect(() => running()).toThrow('ENOENT')
  })
})

test('a PORT that is taken stops the start before anything runs', async () => {
  const server = createServer()
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port))
  })
  try {
    const refused = start({ PORT: String(port), DATA_DIR: join(dir, 'taken') })
    expect(await refused.exited).toBe(1)
    expect(refused.said()).toContain(`PORT ${port} on 127.0.0.1 is taken`)
    expect(refused.said()).not.toContain('PostgreSQL')
  } finally {
    server.close()
  }
})

test.each([
  [{ PORT: 'http' }, 'PORT is "http"; expected a number from 1 to 65535.'],
  [{ REDIS_URL: 'nowhere' }, 'REDIS_URL is "nowhere"; expected a URL like'],
  [{ HOST: '192.0.2.1' }, 'HOST is "192.0.2.1"; expected an address of this machine'],
])('a wrong setting %o is named', async (env, words) => {
  const refused = start({ ...env, DATA_DIR: join(dir, 'wrong') })
  expect(await refused.exited).toBe(1)
  expect(refused.said()).toContain(words)
})
