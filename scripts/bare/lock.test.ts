import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { lockHolder, lockWhenFree, tryLock } from './lock.mjs'
import { identityOf } from './processes.mjs'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lock-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const me = { pid: process.pid, identity: identityOf(process.pid) }
const heldBefore = (holder: object) => writeFileSync(join(dir, 'start.4.lock'), JSON.stringify(holder))

test('a lock that is held is refused, with its holder named', () => {
  expect(tryLock(dir, 'start').held).toBe(true)
  expect(tryLock(dir, 'start')).toEqual({ held: false, by: me })
  expect(lockHolder(dir, 'start')).toEqual(me)
})

test('a released lock is free again', () => {
  const first = tryLock(dir, 'start')
  if (first.held) first.release()
  expect(lockHolder(dir, 'start')).toBeNull()
  expect(tryLock(dir, 'start').held).toBe(true)
})

test('the lock of a dead process is taken over', () => {
  heldBefore({ pid: 2 ** 22 + 5, identity: 'gone' })
  expect(tryLock(dir, 'start').held).toBe(true)
})

test('a pid that belongs to another program by now holds nothing', () => {
  heldBefore({ pid: process.pid, identity: 'of the program that had this pid before' })
  expect(tryLock(dir, 'start').held).toBe(true)
})

test('a lock file without a readable holder holds nothing', () => {
  writeFileSync(join(dir, 'start.1.lock'), '{"pid":')
  expect(tryLock(dir, 'start').held).toBe(true)
})

test('locks of different names do not meet', () => {
  expect(tryLock(dir, 'start').held).toBe(true)
  expect(tryLock(dir, 'start.more').held).toBe(true)
})

test('waiting for a lock ends when its holder lets go', async () => {
  const first = tryLock(dir, 'start')
  let waitedFor: unknown
  const second = lockWhenFree(dir, 'start', (by) => {
    waitedFor = by
    if (first.held) first.release()
  })
  await second
  expect(waitedFor).toEqual(me)
})

test('of many processes that find a dead holder, one takes its lock', async () => {
  heldBefore({ pid: 2 ** 22 + 5, identity: 'gone' })
  const source = `
    import { tryLock } from ${JSON.stringify(new URL('./lock.mjs', import.meta.url).href)}
    process.stdin.once('data', () => {
      console.log(tryLock(${JSON.stringify(dir)}, 'start').held)
      process.stdin.once('end', () => process.exit())
    })
    console.log('ready')`
  const children = Array.from({ length: 6 }, () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    let said = ''
    child.stdout.on('data', (chunk) => {
      said += chunk
    })
    return { child, said: () => said }
  })
  await expect.poll(() => children.every(({ said }) => said() === 'ready\n'), { timeout: 20_000 }).toBe(true)
  for (const { child } of children) child.stdin.write('go')
  // None ends before all have tried: a holder that is gone would make room for the next.
  await expect
    .poll(() => children.every(({ said }) => /true|false/.test(said())), { timeout: 20_000 })
    .toBe(true)
  expect(children.filter(({ said }) => said().includes('true'))).toHaveLength(1)
  for (const { child } of children) child.stdin.end()
  await Promise.all(children.map(({ child }) => new Promise((resolve) => child.once('exit', resolve))))
  expect(readdirSync(dir).filter((name) => name.endsWith('.draft'))).toEqual([])
})
