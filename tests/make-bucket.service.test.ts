import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type S3Server, startS3Server } from '../db/test-support/s3-server.js'

const SCRIPT = fileURLToPath(new URL('../docker/make-bucket.mjs', import.meta.url))

let s3: S3Server
beforeAll(async () => {
  s3 = await startS3Server()
})
afterAll(() => s3.stop())

async function run(archiveUrl: string): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, [SCRIPT], {
    env: {
      PATH: process.env.PATH ?? '',
      ARCHIVE_URL: archiveUrl,
      AWS_ACCESS_KEY_ID: s3.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: s3.credentials.secretAccessKey,
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
  }
  const [code] = (await once(child, 'close')) as [number]
  return { code, output }
}

test('makes the bucket of ARCHIVE_URL once, and finds it after that', async () => {
  const url = `s3://made-by-test/prefix?endpoint=${s3.endpoint}`
  expect(await run(url)).toEqual({ code: 0, output: 'The bucket made-by-test is there.\n' })
  const made = s3.requests.filter((request) => request.startsWith('PUT'))
  expect(made).toHaveLength(1)
  expect(await run(url)).toEqual({ code: 0, output: 'The bucket made-by-test is there.\n' })
  expect(s3.requests.filter((request) => request.startsWith('PUT'))).toEqual(made)
})

test('a store that refuses ends it with a reason, without credentials', async () => {
  s3.intercept = (_request, response) => {
    response.writeHead(403).end()
    return true
  }
  const { code, output } = await run(`s3://refused?endpoint=${s3.endpoint}`)
  s3.intercept = null
  expect(code).toBe(1)
  expect(output).toContain("The bucket refused can't be made")
  expect(output).not.toContain(s3.credentials.secretAccessKey)
})

test('an ARCHIVE_URL that names no bucket is said, with what is expected', async () => {
  const { code, output } = await run('file:///somewhere')
  expect(code).toBe(1)
  expect(output).toContain('expected s3://bucket')
})
