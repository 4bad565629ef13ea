import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { mainOf } from '../support/process.js'

/** Stores that are never reached: the settings are read before anything is opened. */
const GOOD = {
  DATABASE_URL: 'postgres://u:hidden@127.0.0.1:1/x',
  REDIS_URL: 'redis://:hidden@127.0.0.1:1',
  ARCHIVE_URL: 'file:///nowhere',
  AUTH_SECRET: 'hidden but at least 32 characters long',
  SIGNING_KEY_FILE: '/nowhere/signing-key.pem',
}

async function run(folder: 'server' | 'workers', env: Record<string, string>) {
  const child = spawn(process.execPath, [mainOf(folder)], { env: { PATH: process.env.PATH ?? '', ...env } })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk
    })
  }
  const [code] = await once(child, 'close')
  return { code, output }
}

describe.each(['server', 'workers'] as const)('the process of %s', (folder) => {
  test.each([
    ['SHARDS', 'many', 'SHARDS is "many"; expected a whole number from 1 to 1024'],
    ['LOG_LEVEL', 'loud', 'LOG_LEVEL is "loud"; expected one of fatal, '],
    ['DATABASE_URL', 'hidden', 'DATABASE_URL is a text of 6 characters; expected postgres://'],
    ['REDIS_URL', '', 'REDIS_URL is not set; expected redis://host:port'],
  ])('ends with 1 where %s is %j, and says what is expected', async (name, value, message) => {
    const { code, output } = await run(folder, { ...GOOD, [name]: value })
    expect(code).toBe(1)
    expect(output).toContain(message)
    expect(output).not.toContain('hidden')
    // A line for people, and no stack.
    expect(output.trim().split('\n')).toHaveLength(1)
  })
})
