import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'vite'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { listed, whole } from '../test-support/store.contract.js'
import { openDirectoryStore } from './directory-store.js'

let base: string
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'archive-kill-'))
  // A process of its own needs JavaScript.
  await build({
    configFile: false,
    logLevel: 'error',
    build: {
      ssr: join(import.meta.dirname, 'directory-store.ts'),
      outDir: join(base, 'built'),
      emptyOutDir: false,
    },
  })
  await writeFile(
    join(base, 'put-for-ever.mjs'),
    `import { openDirectoryStore } from './built/directory-store.js'
     async function* endless() { for (;;) yield Buffer.alloc(65536, 1) }
     await openDirectoryStore(process.argv[2]).put('a/k', endless())`,
  )
}, 60_000)
afterAll(() => rm(base, { recursive: true, force: true }))

test('a writer killed in the middle of a put leaves the older object, and no junk past the next put', async () => {
  const root = join(base, 'archive')
  const folder = join(root, 'a')
  const store = openDirectoryStore(root)
  await store.put('a/k', Buffer.from('older'))

  const writer = spawn(process.execPath, [join(base, 'put-for-ever.mjs'), root], { stdio: 'inherit' })
  try {
    const incoming = await vi.waitFor(
      async () => {
        const name = (await readdir(folder)).find((entry) => entry !== 'k')
        expect(name && (await stat(join(folder, name))).size).toBeGreaterThan(1_000_000)
        return name
      },
      { timeout: 20_000, interval: 20 },
    )
    // A living writer's file is its own business.
    await store.put('a/other', Buffer.from('x'))
    expect(await readdir(folder)).toContain(incoming)
  } finally {
    await killed(writer)
  }
  expect((await readdir(folder)).length).toBe(3)
  expect(await listed(store, '')).toEqual(['a/k 5', 'a/other 1'])
  expect((await whole(store, 'a/k'))?.toString()).toBe('older')

  await store.put('a/k', Buffer.from('newer'))
  expect((await readdir(folder)).sort()).toEqual(['k', 'other'])
  expect((await whole(store, 'a/k'))?.toString()).toBe('newer')
}, 60_000)

async function killed(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit')
  if (child.kill('SIGKILL')) await exited
}
