import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { writeJson } from './files.mjs'
import { identityOf, isStillRunning } from './processes.mjs'
import { leftRunning, type Member, stopInOrder } from './roster.mjs'

let dir: string
const children: ChildProcess[] = []
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'roster-'))
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  rmSync(dir, { recursive: true, force: true })
})

/** A process that has its signal handlers in place; `onTerm` is what it does at SIGTERM. */
async function member(name: string, stage: number, onTerm: string, graceMs = 20_000): Promise<Member> {
  const source = `process.on('SIGTERM', () => { ${onTerm} }); setInterval(() => {}, 1000); console.log('up')`
  const child = spawn(process.execPath, ['-e', source], { stdio: ['ignore', 'pipe', 'ignore'] })
  children.push(child)
  await new Promise((resolve) => child.stdout?.once('data', resolve))
  const pid = child.pid ?? 0
  const identity = identityOf(pid) ?? ''
  return { name, title: name, pid, identity, stage, stopSignal: 'SIGTERM', hardSignal: 'SIGKILL', graceMs }
}

test('a stage is stopped only when the one before is gone', async () => {
  const writer = await member('writer', 0, 'setTimeout(() => process.exit(), 300)')
  const other = await member('other', 0, 'process.exit()')
  const store = await member('store', 1, 'process.exit()')
  const gone: string[] = []
  await stopInOrder([store, writer, other], {
    onGone: ({ name }, wasClean) => {
      if (name === 'writer') expect(isStillRunning(store)).toBe(true)
      gone.push(`${name} ${wasClean}`)
    },
  })
  expect(gone.slice(0, 2).sort()).toEqual(['other true', 'writer true'])
  expect(gone.slice(2)).toEqual(['store true'])
})

test('who does not end in time is ended hard, and the others still get their turn', async () => {
  const stubborn = await member('stubborn', 0, '', 100)
  const store = await member('store', 1, 'process.exit()')
  const clean = new Map<string, boolean>()
  await stopInOrder([stubborn, store], { onGone: ({ name }, wasClean) => clean.set(name, wasClean) })
  expect([isStillRunning(stubborn), isStillRunning(store)]).toEqual([false, false])
  expect(Object.fromEntries(clean)).toEqual({ stubborn: false, store: true })
})

test('a second request to stop ends the waiting', async () => {
  const stubborn = await member('stubborn', 0, '', 3_600_000)
  const force = new AbortController()
  const stopped = stopInOrder([stubborn], { force: force.signal })
  force.abort()
  await stopped
  expect(isStillRunning(stubborn)).toBe(false)
})

test('a frozen process is thawed to end cleanly', async () => {
  const frozen = await member('frozen', 0, 'process.exit()')
  process.kill(frozen.pid, 'SIGSTOP')
  let wasClean: boolean | undefined
  await stopInOrder([frozen], {
    onGone: (_member, clean) => {
      wasClean = clean
    },
  })
  expect(wasClean).toBe(true)
})

test('a pid that belongs to another program by now is left alone', async () => {
  const stranger = await member('stranger', 0, 'process.exit()')
  const file = join(dir, 'children.json')
  writeJson(file, [{ ...stranger, identity: 'of the program that had this pid before' }])
  expect(leftRunning(file)).toEqual([])
  await stopInOrder([{ ...stranger, identity: 'of the program that had this pid before' }])
  expect(isStillRunning(stranger)).toBe(true)
})

test('a roster that is missing or torn lists nobody', () => {
  writeFileSync(join(dir, 'torn.json'), '[{"pid":')
  expect(leftRunning(join(dir, 'torn.json'))).toEqual([])
  expect(leftRunning(join(dir, 'missing.json'))).toEqual([])
})

test('[kill -9] the guard stops what its command leaves running, in order, and removes what it was told to', async () => {
  const file = join(dir, 'children.json')
  const removed = join(dir, 'running.json')
  writeFileSync(removed, '{}')
  const modules = (name: string) => JSON.stringify(new URL(`./${name}`, import.meta.url).href)
  // A command that starts two processes and is then killed.
  const source = `
    import { spawn } from 'node:child_process'
    import { createRoster } from ${modules('roster.mjs')}
    import { identityOf } from ${modules('processes.mjs')}
    import { startGuard } from ${modules('start-guard.mjs')}
    const roster = createRoster(${JSON.stringify(file)})
    startGuard(${JSON.stringify(file)}, ['--remove', ${JSON.stringify(removed)}])
    for (const stage of [0, 1]) {
      const { pid } = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' })
      roster.put({ name: 'child' + stage, title: 'x', pid, identity: identityOf(pid), stage, stopSignal: 'SIGTERM', hardSignal: 'SIGKILL', graceMs: 5000 })
    }
    console.log('up')
    setInterval(() => {}, 1000)`
  const command = spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(command)
  await new Promise((resolve) => command.stdout?.once('data', resolve))
  expect(leftRunning(file)).toHaveLength(2)
  command.kill('SIGKILL')
  await expect.poll(() => leftRunning(file), { timeout: 20_000 }).toEqual([])
  await expect.poll(() => existsSync(removed), { timeout: 20_000 }).toBe(false)
})
