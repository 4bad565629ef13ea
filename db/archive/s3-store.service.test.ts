import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type S3Server, startS3Server } from '../test-support/s3-server.js'
import {
  archiveStoreContract,
  chunks,
  expectUnavailable,
  listed,
  whole,
} from '../test-support/store.contract.js'
import { openS3Store, type S3StoreOptions } from './s3-store.js'

const MIB = 1024 * 1024

let server: S3Server
let made = 0
beforeAll(async () => {
  server = await startS3Server()
})
afterAll(() => server.stop())

const openStore = (prefix: string, options: S3StoreOptions = {}) =>
  openS3Store(
    { bucket: server.bucket, prefix, region: 'us-east-1', endpoint: server.endpoint },
    { credentials: server.credentials, ...options },
  )

archiveStoreContract(async () => openStore(`prefix ${made++}/below`))

describe('the S3 store', () => {
  beforeEach(() => {
    server.intercept = null
    server.requests.length = 0
  })

  test('puts below its prefix, and at the root of the bucket without one', async () => {
    const store = openStore('p/q')
    await store.put('a/k', Buffer.from('x'))
    const root = openStore('')
    expect(await listed(root, 'p/')).toEqual(['p/q/a/k 1'])
    await root.put('top', Buffer.from('y'))
    expect((await whole(root, 'top'))?.toString()).toBe('y')
    await root.removePrefix('p/')
    expect(await listed(store, '')).toEqual([])
  })

  test('says what an object is, and never that it is encoded', async () => {
    const store = openStore('types')
    await store.put('a.json.gz', Buffer.from('x'))
    await store.put('b.json', chunks(Buffer.from('{}')))
    await store.put('c.json.gz', chunks(Buffer.alloc(6 * MIB)))
    const headersOf = async (key: string) => {
      let headers: Record<string, unknown> = {}
      server.intercept = (request, response) => {
        if (request.method === 'HEAD') response.on('finish', () => (headers = response.getHeaders()))
        return false
      }
      await store.head(key)
      return headers
    }
    for (const [key, type] of [
      ['a.json.gz', 'application/gzip'],
      ['b.json', 'application/json'],
      ['c.json.gz', 'application/gzip'],
    ] as const) {
      const headers = await headersOf(key)
      expect(headers['content-type'], key).toBe(type)
      expect(headers['content-encoding'], key).toBeUndefined()
    }
  })

  test('a small stream is one request, a large one is in parts', async () => {
    const store = openStore('parts')
    await store.put('small', chunks(Buffer.alloc(MIB), Buffer.alloc(MIB)))
    expect(server.requests.map((request) => request.split(' ')[0])).toEqual(['PUT'])
    server.requests.length = 0
    await store.put('large', chunks(Buffer.alloc(4 * MIB), Buffer.alloc(4 * MIB)))
    expect(server.requests.map((request) => request.split(' ')[0])).toEqual(['POST', 'PUT', 'PUT', 'POST'])
  })

  test('a failed upload in parts is aborted', async () => {
    const store = openStore('aborted')
    server.intercept = (request, response) => {
      if (request.method !== 'DELETE' || !request.url?.includes('uploadId=')) return false
      response.writeHead(204).end()
      return true
    }
    async function* failing() {
      yield Buffer.alloc(11 * MIB)
      throw new Error('no more')
    }
    await expect(store.put('k', failing())).rejects.toThrow('no more')
    expect(server.requests.filter((request) => request.startsWith('DELETE')).length).toBe(1)
    expect(await store.head('k')).toBeNull()
  })

  test('a put that the store refuses closes its body', async () => {
    const store = openStore('refused', { maxAttempts: 1 })
    server.intercept = (request, response) => {
      if (request.method !== 'PUT' && request.method !== 'DELETE') return false
      request.resume()
      response.writeHead(403).end()
      return true
    }
    let isClosed = false
    let given = 0
    async function* endless() {
      try {
        for (; given < 100; given++) yield Buffer.alloc(MIB)
      } finally {
        isClosed = true
      }
    }
    await expect(store.put('k', endless())).rejects.toMatchObject({ code: 'ARCHIVE_UNAVAILABLE' })
    expect(isClosed).toBe(true)
    expect(given).toBeLessThan(20)
  })

  test('a passing failure is tried again, of requests and of parts', async () => {
    const store = openStore('again')
    const failures = new Map<string, number>()
    server.intercept = (request, response) => {
      const what = `${request.method} ${request.url}`
      const before = failures.get(what) ?? 0
      if (before >= 1) return false
      failures.set(what, before + 1)
      request.resume()
      response.writeHead(503).end()
      return true
    }
    const bytes = Buffer.alloc(6 * MIB, 7)
    await store.put('k', chunks(bytes))
    expect((await whole(store, 'k'))?.equals(bytes)).toBe(true)
    expect((await store.getRange('k', 5, 5))?.length).toBe(5)
    expect(await listed(store, '')).toEqual([`k ${bytes.length}`])
  })

  test('an answer that stops in the middle is unavailable within the bound, not for ever', async () => {
    const store = openStore('silent', { silenceMs: 200, maxAttempts: 1 })
    server.intercept = (_request, response) => {
      response.writeHead(200, { 'content-length': '1000' })
      response.write('only this')
      return true
    }
    await expect(whole(store, 'k')).rejects.toMatchObject({ code: 'ARCHIVE_UNAVAILABLE' })
    await expect(store.getRange('k', 0, 1000)).rejects.toMatchObject({ code: 'ARCHIVE_UNAVAILABLE' })
  })

  test('an answer that is cut off is unavailable', async () => {
    const store = openStore('cut', { maxAttempts: 1 })
    server.intercept = (_request, response) => {
      response.writeHead(200, { 'content-length': '1000' })
      response.write('only this', () => response.destroy())
      return true
    }
    await expect(whole(store, 'k')).rejects.toMatchObject({ code: 'ARCHIVE_UNAVAILABLE' })
    await expect(store.getRange('k', 0, 1000)).rejects.toMatchObject({ code: 'ARCHIVE_UNAVAILABLE' })
  })

  test('a server that takes no ranges gives the same bytes', async () => {
    const store = openStore('whole')
    server.intercept = (request, response) => {
      expect(request.headers.range).toBe('bytes=3-5')
      response.writeHead(200).end('0123456789')
      return true
    }
    expect((await store.getRange('k', 3, 3))?.toString()).toBe('345')
  })

  test('a server that is away is unavailable to every call', async () => {
    const away = await startS3Server()
    await away.stop()
    const store = openS3Store(
      { bucket: 'recordings', prefix: '', region: 'us-east-1', endpoint: away.endpoint },
      { credentials: away.credentials, maxAttempts: 2 },
    )
    await expectUnavailable(store)
    await store.close()
  })

  test('a bucket that is not there is unavailable, not an empty archive', async () => {
    const store = openS3Store(
      { bucket: 'nowhere', prefix: '', region: 'us-east-1', endpoint: server.endpoint },
      { credentials: server.credentials },
    )
    await expect(store.get('k')).rejects.toMatchObject({
      code: 'ARCHIVE_UNAVAILABLE',
      message: expect.stringContaining('NoSuchBucket'),
    })
    await expect(store.put('k', Buffer.from('x'))).rejects.toMatchObject({ code: 'ARCHIVE_UNAVAILABLE' })
    await expect(listed(store, '')).rejects.toMatchObject({ code: 'ARCHIVE_UNAVAILABLE' })
  })
})
