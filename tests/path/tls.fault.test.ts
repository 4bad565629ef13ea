import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chown, copyFile, mkdtemp, rm, stat } from 'node:fs/promises'
import https from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import tls from 'node:tls'
import postgres from 'postgres'
import { describe, expect, test } from 'vitest'
import { createRecorder } from '../../client-sdk/src/recorder.js'
import { connectRedis, redisReady } from '../../db/redis.js'
import { makeCertificates } from '../support/certificates.js'
import { haproxyProgram, startHaproxy } from '../support/haproxy.js'
import { startOwnPostgres } from '../support/own-postgres.js'
import { freePort } from '../support/own-redis.js'
import { redisServer } from '../support/services.js'
import { waitFor } from '../support/wait-for.js'
import { makeWorld, type World } from '../support/world.js'

/** A GET over TLS, trusting `ca` alone. */
async function get(url: string, ca: string) {
  const request = https.get(url, { ca })
  const [response] = (await once(request, 'response')) as [import('node:http').IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return { status: response.statusCode, headers: response.headers, text: Buffer.concat(chunks).toString() }
}

/** Whose certificate is shown there: its common name. */
async function certificateAt(port: number, ca: string): Promise<unknown> {
  const socket = tls.connect({ port, host: 'localhost', ca })
  try {
    await once(socket, 'secureConnect')
    return socket.getPeerCertificate().subject.CN
  } finally {
    socket.destroy()
  }
}

/** An interview from its beginning to its archive, over whatever its processes talk through. */
async function interview(world: World): Promise<void> {
  const [server] = await Promise.all([world.startServer(), world.startWorker()])
  const { id, candidateToken } = await world.createSession(server)
  const recorder = createRecorder({ url: server.url, token: candidateToken })
  for (let i = 0; i < 20; i++) recorder.record({ type: 'custom:x', data: i })
  await recorder.close({ waitFor: 'committed' })
  await world.call(server, 'POST', `/v1/sessions/${id}/close`, { body: { status: 'COMPLETED' } })
  await waitFor('its archive', async () => (await world.getSession(server, id)).archive.state === 'verified')
  expect((await world.readAll(server, id)).slice(0, 20).map(({ data }) => data)).toEqual(
    Array.from({ length: 20 }, (_, i) => i),
  )
}

describe.skipIf(haproxyProgram() === null)('docker/haproxy.cfg with a certificate', () => {
  test('recorders and the console come over TLS, browsers are told to stay there, and a renewed certificate is shown after a reload while a recorder goes on', async () => {
    await using certificates = await makeCertificates()
    const { ca } = certificates
    const { bothFile } = await certificates.issue('first')
    await using world = await makeWorld({
      env: { HSTS_MAX_AGE_SEC: '3600', TRUST_PROXY: '1', QUEUE_BOARD: 'on', FLUSH_DUE_MS: '200' },
    })
    const [server] = await Promise.all([world.startServer(), world.startWorker()])
    await using entry = await startHaproxy([server.port], bothFile)

    const page = await get(`${entry.url}/`, ca)
    expect(page.status).toBe(200)
    expect(page.headers['strict-transport-security']).toContain('max-age=3600')
    expect(page.headers['content-security-policy']).toContain("default-src 'none'")
    expect((await get(`${entry.url}/metrics`, ca)).status).toBe(404)
    // Whoever does not trust who signed it is not let through to anything.
    await expect(fetch(`${entry.url}/`)).rejects.toThrow()
    const form = https.request(`${entry.url}/queues/sign-in`, {
      method: 'POST',
      ca,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    form.end(new URLSearchParams({ token: await world.token('service') }).toString())
    const [signedIn] = (await once(form, 'response')) as [import('node:http').IncomingMessage]
    signedIn.resume()
    expect(signedIn.headers['set-cookie']?.[0]).toMatch(/; HttpOnly; SameSite=Strict; Secure$/)

    const { id, candidateToken } = await world.createSession(server)
    const stranger = createRecorder({ url: entry.url, token: candidateToken })
    await waitFor('the certificate to be refused', () => stranger.status.error?.code === 'UNREACHABLE')
    await stranger.close({ waitFor: 'nothing' })
    const recorder = createRecorder({
      url: entry.url,
      token: candidateToken,
      transportOptions: { ca } as never,
    })
    recorder.record({ type: 'custom:x', data: 0 })
    await recorder.whenReceived()

    expect(await certificateAt(entry.port, ca)).toBe('first')
    const renewed = await certificates.issue('second')
    await copyFile(renewed.bothFile, bothFile)
    entry.reload()
    let count = 1
    await waitFor('the new certificate', async () => {
      recorder.record({ type: 'custom:x', data: count++ })
      return (await certificateAt(entry.port, ca).catch(() => null)) === 'second'
    })
    await recorder.close({ waitFor: 'committed' })
    expect((await world.readAll(server, id)).map(({ data }) => data)).toEqual(
      Array.from({ length: count }, (_, i) => i),
    )
  })
})

test('REDIS_URL with rediss: server, worker and queues talk TLS, and refuse a Redis that nobody they trust has signed', async () => {
  await using certificates = await makeCertificates()
  const { keyFile, certFile } = await certificates.issue('redis')
  await using redis = await startTlsRedis({ keyFile, certFile, caFile: certificates.caFile })
  await using world = await makeWorld({
    redisUrl: redis.url,
    env: { NODE_EXTRA_CA_CERTS: certificates.caFile, FLUSH_DUE_MS: '200' },
  })
  await interview(world)
  // This process trusts nobody but the authorities that Node.js knows.
  const stranger = connectRedis(redis.url, 'test')
  const refused = once(stranger, 'error')
  await expect(redisReady(stranger, 1_000)).rejects.toMatchObject({ code: 'NOT_READY' })
  expect((await refused)[0]).toMatchObject({ code: 'SELF_SIGNED_CERT_IN_CHAIN' })
  stranger.disconnect()
})

test('DATABASE_URL with sslmode=verify-full: every connection is over TLS, and a server that nobody trusted has signed is refused', async () => {
  await using certificates = await makeCertificates()
  const { keyFile, certFile } = await certificates.issue('postgres')
  const own = await startOwnPostgres({ durable: false })
  try {
    const admin = postgres(own.databaseUrl, { max: 1, onnotice: () => {} })
    const [row] = await admin`select current_setting('data_directory') as folder`
    const { uid, gid } = await stat(row?.folder)
    for (const [from, name] of [
      [keyFile, 'server.key'],
      [certFile, 'server.crt'],
    ] as const) {
      await copyFile(from, join(row?.folder, name))
      await chown(join(row?.folder, name), uid, gid)
    }
    await admin.unsafe('alter system set ssl = on')
    await admin`select pg_reload_conf()`
    await waitFor('its certificate', async () => (await admin`show ssl`)[0]?.ssl === 'on')
    await admin.end()
    const url = new URL(own.databaseUrl)
    url.hostname = 'localhost'
    url.searchParams.set('sslmode', 'verify-full')
    await using world = await makeWorld({
      databaseUrl: own.databaseUrl,
      env: { DATABASE_URL: url.href, NODE_EXTRA_CA_CERTS: certificates.caFile, FLUSH_DUE_MS: '200' },
    })
    await interview(world)
    const connections = await world.sql<{ ssl: boolean; count: number }[]>`
      select ssl, count(*)::int as count from pg_stat_ssl join pg_stat_activity using (pid)
      where application_name like 'recorder-%' group by ssl`
    expect(connections.map(({ ssl }) => ssl)).toEqual([true])
    const stranger = await world.startServer({ NODE_EXTRA_CA_CERTS: '' })
    expect((await fetch(`${stranger.url}/readyz`)).status).toBe(503)
  } finally {
    await own.remove()
  }
})

interface TlsFiles {
  keyFile: string
  certFile: string
  caFile: string
}

/** A Redis that takes TLS and nothing else. */
async function startTlsRedis(files: TlsFiles): Promise<{ url: string } & AsyncDisposable> {
  const [port, folder] = [await freePort(), await mkdtemp(join(tmpdir(), 'recorder-redis-tls-'))]
  const args = [
    '--port',
    '0',
    '--tls-port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--dir',
    folder,
    '--save',
    '',
  ]
  args.push('--tls-key-file', files.keyFile, '--tls-cert-file', files.certFile)
  args.push('--tls-ca-cert-file', files.caFile, '--tls-auth-clients', 'no')
  const child: ChildProcess = spawn(redisServer(), args, { stdio: 'ignore' })
  await waitFor('Redis', async () => {
    if (child.exitCode !== null) throw new Error(`redis-server ended with ${child.exitCode}`)
    const socket = tls.connect({ port, host: 'localhost', rejectUnauthorized: false })
    await once(socket, 'secureConnect').finally(() => socket.destroy())
    return true
  })
  return {
    url: `rediss://localhost:${port}`,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null) {
        const gone = once(child, 'exit')
        child.kill('SIGKILL')
        await gone
      }
      await rm(folder, { recursive: true, force: true })
    },
  }
}
