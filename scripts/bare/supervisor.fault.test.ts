import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { isStillRunning } from './processes.mjs'
import { createRoster, leftRunning } from './roster.mjs'
import { createSupervisor, type Service } from './supervisor.mjs'

let dir: string
let notes: string[]
let supervisor: ReturnType<typeof createSupervisor>
let roster: ReturnType<typeof createRoster>
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'supervisor-'))
  notes = []
  roster = createRoster(join(dir, 'children.json'))
  supervisor = createSupervisor({ logsDir: join(dir, 'logs'), roster, note: (text) => notes.push(text) })
})
afterEach(async () => {
  await supervisor.stopAll()
  rmSync(dir, { recursive: true, force: true })
})

/** A service that writes its pid when it is ready. */
function service(source: string): Service {
  const ready = join(dir, 'ready')
  return {
    name: 'example',
    title: 'Example',
    stage: 0,
    stopSignal: 'SIGTERM',
    hardSignal: 'SIGKILL',
    graceMs: 5_000,
    command: () => ({
      file: process.execPath,
      args: [
        '-e',
        `const ready = () => require('fs').writeFileSync(${JSON.stringify(ready)}, String(process.pid)); ${source}`,
      ],
    }),
    isReady: async ({ pid }) => existsSync(ready) && readFileSync(ready, 'utf8') === String(pid),
  }
}

const RUNS = 'ready(); setInterval(() => {}, 1000)'
const running = () => roster.list().map(({ pid }) => pid)

test('[kill -9] a service that dies runs again, and both are said', async () => {
  await supervisor.start(service(RUNS))
  const [first = 0] = running()
  process.kill(first, 'SIGKILL')
  await expect
    .poll(() => notes, { timeout: 20_000 })
    .toEqual(['Example ended unexpectedly, by SIGKILL. Starting it again.', 'Example runs again.'])
  expect(running()).not.toEqual([first])
  expect(leftRunning(join(dir, 'children.json'))).toEqual(roster.list())
})

test('a service that keeps failing is tried with growing waits', async () => {
  const marker = join(dir, 'fail')
  await supervisor.start(
    service(`if (require('fs').existsSync(${JSON.stringify(marker)})) process.exit(3); ${RUNS}`),
  )
  const [first = 0] = running()
  writeFileSync(marker, '')
  process.kill(first, 'SIGKILL')
  await expect
    .poll(() => notes.filter((note) => note.includes('exit code 3')).length, { timeout: 30_000 })
    .toBeGreaterThan(1)
  expect(notes.find((note) => note.includes('exit code 3'))).toMatch(/Trying again in 0\.5 s/)
  rmSync(marker)
  await expect.poll(() => notes.at(-1), { timeout: 30_000 }).toBe('Example runs again.')
})

test('one that ends while it starts for the first time is an error with its last words', async () => {
  const failing = service("console.error('PORT is \\'x\\''); process.exit(1)")
  await expect(supervisor.start(failing)).rejects.toMatchObject({
    message: expect.stringContaining('Example ended with exit code 1 while it started'),
    detail: "PORT is 'x'",
  })
  expect(roster.list()).toEqual([])
})

test('a program that does not exist is an error', async () => {
  const missing = { ...service(''), command: () => ({ file: join(dir, 'no-such-program'), args: [] }) }
  await expect(supervisor.start(missing)).rejects.toThrow(/Example could not be started: .*ENOENT/)
})

test('what the service logs as an error is said, once for many', async () => {
  await supervisor.start(
    service(
      `${RUNS}; setInterval(() => console.log(JSON.stringify({ level: 50, msg: 'store away', error: 'refused' })), 50)`,
    ),
  )
  await expect
    .poll(() => notes, { timeout: 20_000 })
    .toEqual(['Example reports an error: store away: refused'])
})

test('after a stop nothing starts again', async () => {
  await supervisor.start(service(RUNS))
  const members = roster.list()
  await supervisor.stopAll()
  expect(members.map(isStillRunning)).toEqual([false])
  expect(notes).toEqual([])
  await expect(supervisor.start(service(RUNS))).rejects.toThrow(/was stopped while it started/)
})
