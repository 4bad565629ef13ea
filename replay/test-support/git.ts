import { execFile, execFileSync, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** Nothing of this machine's or its user's settings. */
const ENV = {
  PATH: process.env.PATH,
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  HOME: tmpdir(),
}
const MAX_OUTPUT_BYTES = 256 * 1024 * 1024

/** For `describe.skipIf`: whoever skips says so. */
export const noGit = !hasGit()

function hasGit(): boolean {
  try {
    execFileSync('git', ['--version'], { env: ENV, stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** A fresh repository that a stream was imported into. Throws what Git says where it refuses the stream. */
export interface Imported extends AsyncDisposable {
  git(...args: string[]): Promise<string>
  /** The last commit's files: bytes by path. */
  files(): Promise<Map<string, Buffer>>
}

export async function importIntoGit(stream: string): Promise<Imported> {
  const folder = await mkdtemp(join(tmpdir(), 'recorder-git-'))
  const remove = () => rm(folder, { recursive: true, force: true })
  const run = async (args: readonly string[], encoding: 'utf8' | 'buffer') => {
    const options = { cwd: folder, env: ENV, maxBuffer: MAX_OUTPUT_BYTES, encoding }
    return (await promisify(execFile)('git', args, options)).stdout
  }
  try {
    await run(['init', '--quiet', '--bare', '--initial-branch=main', '.'], 'utf8')
    await fastImport(folder, stream)
  } catch (error) {
    await remove()
    throw error
  }
  return {
    git: async (...args) => String(await run(args, 'utf8')),
    files: async () => {
      const files = new Map<string, Buffer>()
      const tree = String(await run(['ls-tree', '-r', '-z', 'main'], 'utf8'))
      const entries = tree.split('\0').filter((entry) => entry !== '')
      const blobs = await catFiles(
        folder,
        entries.map((entry) => entry.split(/[ \t]/)[2] as string),
      )
      for (const [i, entry] of entries.entries())
        files.set(entry.slice(entry.indexOf('\t') + 1), blobs[i] as Buffer)
      return files
    },
    [Symbol.asyncDispose]: remove,
  }
}

function fastImport(folder: string, stream: string): Promise<void> {
  return piped(folder, ['fast-import', '--quiet'], stream).then(() => {})
}

async function catFiles(folder: string, ids: readonly string[]): Promise<Buffer[]> {
  const out = await piped(folder, ['cat-file', '--batch'], ids.map((id) => `${id}\n`).join(''))
  const blobs: Buffer[] = []
  for (let at = 0; at < out.length; ) {
    const headEnd = out.indexOf(10, at)
    const size = Number(out.subarray(at, headEnd).toString().split(' ')[2])
    blobs.push(out.subarray(headEnd + 1, headEnd + 1 + size))
    at = headEnd + 2 + size
  }
  return blobs
}

function piped(folder: string, args: readonly string[], input: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn('git', args, { cwd: folder, env: ENV })
    const out: Buffer[] = []
    let said = ''
    child.stdout.on('data', (chunk) => out.push(chunk))
    child.stderr.on('data', (chunk) => {
      said += chunk
    })
    // It may refuse a stream before it has read all of it.
    child.stdin.on('error', () => {})
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0) resolve(Buffer.concat(out))
      else reject(new Error(`git ${args[0]}: exit ${code}\n${said}`))
    })
    child.stdin.end(input)
  })
}
