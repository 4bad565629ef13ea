import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, type TestContext, test } from 'vitest'

// What is tried here is what root may and may not do, so only root can run it.

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const WITHOUT = ['--bounding-set=-dac_read_search', '--inh-caps=-dac_read_search']
const WITH = ['--inh-caps=+dac_read_search', '--ambient-caps=+dac_read_search']
const setprivDoes = (options: string[]) => spawnSync('setpriv', [...options, 'true']).status === 0

const skipUnlessRoot = ({ skip }: TestContext) => {
  skip(process.getuid?.() !== 0, 'only root has to run PostgreSQL as another user')
  skip(!setprivDoes(WITHOUT), 'setpriv is missing here, or may not take away a capability')
}

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'home-'))
  chmodSync(dir, 0o711)
  mkdirSync(join(dir, 'closed'), { mode: 0o700 })
  mkdirSync(join(dir, 'open'), { mode: 0o711 })
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

interface Answer {
  dataDir?: string
  account?: string
  isElsewhere?: boolean
  error?: string
}

/**
 * Settles PostgreSQL for a data folder, in a process that may or may not hand on root's way through closed folders.
 * The programs are where everybody reaches them; the project itself may lie in a closed folder.
 */
function settleIn(stateDir: string, { mayPassClosedFolders }: { mayPassClosedFolders: boolean }): Answer {
  const source = `
    const { settle } = await import(${JSON.stringify(new URL('./postgres-home.mjs', import.meta.url).href)})
    const { copyBinaries, postgresBinaries } = await import(${JSON.stringify(new URL('./postgres-binaries.mjs', import.meta.url).href)})
    const places = { binaries: copyBinaries(postgresBinaries(${JSON.stringify(ROOT)}), ${JSON.stringify(join(dir, 'programs'))}), link: ${JSON.stringify(join(stateDir, 'postgres'))}, elsewhere: ${JSON.stringify(join(dir, 'elsewhere'))} }
    const answer = await settle(places).then(
      ({ dataDir, account, isElsewhere }) => ({ dataDir, account: account.name, isElsewhere }),
      (error) => ({ error: error.message }))
    console.log(JSON.stringify(answer))`
  const node = [process.execPath, '--input-type=module', '-e', source]
  const drop = mayPassClosedFolders ? [] : WITHOUT
  const { stdout, stderr } = spawnSync('setpriv', [...drop, ...node], { encoding: 'utf8' })
  if (!stdout) throw new Error(stderr)
  return JSON.parse(stdout)
}

test('a folder that others may enter: in place', (context) => {
  skipUnlessRoot(context)
  const open = join(dir, 'open')
  const { dataDir, isElsewhere } = settleIn(open, { mayPassClosedFolders: true })
  expect({ dataDir, isElsewhere }).toEqual({ dataDir: join(open, 'postgres'), isElsewhere: false })
  expect(statSync(join(open, 'postgres')).uid).not.toBe(0)
})

test('a closed folder, and root may hand on its way through: in place too', (context) => {
  skipUnlessRoot(context)
  context.skip(!setprivDoes(WITH), 'this root has no CAP_DAC_READ_SEARCH to hand on')
  const closed = join(dir, 'closed')
  const { dataDir, account } = settleIn(closed, { mayPassClosedFolders: true })
  expect(dataDir).toBe(join(closed, 'postgres'))
  expect(account).toContain('through setpriv')
})

test('a closed folder, and root may not: elsewhere, with a link, and the same place at the next start', (context) => {
  skipUnlessRoot(context)
  const closed = join(dir, 'closed')
  const first = settleIn(closed, { mayPassClosedFolders: false })
  expect(first).toMatchObject({ isElsewhere: true, dataDir: expect.stringContaining(join(dir, 'elsewhere')) })
  expect(lstatSync(join(closed, 'postgres')).isSymbolicLink()).toBe(true)
  expect(realpathSync(join(closed, 'postgres'))).toBe(first.dataDir)
  expect(settleIn(closed, { mayPassClosedFolders: true }).dataDir).toBe(first.dataDir)
})

test('a copy of such a folder is refused, a moved one goes on', (context) => {
  skipUnlessRoot(context)
  const closed = join(dir, 'closed')
  const { dataDir } = settleIn(closed, { mayPassClosedFolders: false })
  const copy = join(dir, 'copy')
  cpSync(closed, copy, { recursive: true, verbatimSymlinks: true })
  expect(settleIn(copy, { mayPassClosedFolders: false }).error).toContain('seems to be a copy')
  const moved = join(dir, 'moved')
  renameSync(closed, moved)
  expect(settleIn(moved, { mayPassClosedFolders: false }).dataDir).toBe(dataDir)
})
