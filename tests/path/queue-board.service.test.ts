import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openQueueViews } from '../../db/queue-views.js'
import { connectRedis, redisReady } from '../../db/redis.js'
import { ARCHIVE_QUEUE, JOB_QUEUES } from '../../protocol/jobs.js'
import type { ProductProcess } from '../support/process.js'
import { makeWorld, type World } from '../support/world.js'

let world: World
let server: ProductProcess
beforeAll(async () => {
  world = await makeWorld({ env: { QUEUE_BOARD: 'on' } })
  server = await world.startServer()
})
afterAll(() => world[Symbol.asyncDispose]())

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(`${server.url}${path}`, { headers, redirect: 'manual' })
const bearer = async (role: 'candidate' | 'proctor' | 'service') => ({
  authorization: `Bearer ${await world.token(role)}`,
})
const signIn = async (token: string) =>
  fetch(`${server.url}/queues/sign-in`, {
    method: 'POST',
    body: new URLSearchParams({ token }),
    redirect: 'manual',
  })

describe('[R9] the board of queues', () => {
  test('is for service tokens alone, all of it', async () => {
    const paths = ['/queues/', '/queues/queue/flush', '/queues/api/queues', '/queues/static/favicon.ico']
    for (const path of paths) {
      expect([path, (await get(path)).status]).toEqual([path, 401])
      for (const role of ['candidate', 'proctor'] as const) {
        expect([path, role, (await get(path, await bearer(role))).status]).toEqual([path, role, 403])
      }
      expect([path, (await get(path, await bearer('service'))).status]).toEqual([path, 200])
    }
  })

  test('lets a browser sign in, with a cookie that no script reads and no other site sends', async () => {
    const asked = await get('/queues/', { accept: 'text/html' })
    expect([asked.status, await asked.text()]).toEqual([
      401,
      expect.stringContaining('action="/queues/sign-in"'),
    ])
    expect((await signIn(await world.token('proctor'))).status).toBe(401)
    const answer = await signIn(await world.token('service'))
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/queues/'])
    const [cookie = '', ...attributes] = (answer.headers.get('set-cookie') ?? '').split('; ')
    expect(attributes).toEqual(['Path=/queues', 'HttpOnly', 'SameSite=Strict'])
    expect((await get('/queues/', { cookie })).status).toBe(200)
    expect((await get('/v1/sessions', { cookie })).status).toBe(401)
  })

  test('shows its page under a policy without scripts that are not files of this server', async () => {
    const page = await get('/queues/', await bearer('service'))
    const policy = page.headers.get('content-security-policy')
    expect(policy).toContain("default-src 'none';script-src 'self';")
    const html = await page.text()
    expect(html).not.toMatch(/https?:|<style| style=|<script>/)
    const files = [...html.matchAll(/(?:src|href)="(static\/[^"]+)"/g)].map(([, path]) => `/queues/${path}`)
    expect(files.length).toBeGreaterThan(4)
    for (const path of files)
      expect([path, (await get(path, await bearer('service'))).status]).toEqual([path, 200])
    expect((await get('/', await bearer('service'))).headers.get('content-security-policy')).not.toContain(
      'unsafe',
    )
  })

  test('shows the queues with what jobs say of their work, and nothing else that is in them', async () => {
    const session = await world.createSession(server)
    const redis = connectRedis(world.redisUrl, 'test')
    await redisReady(redis, 10_000)
    const queues = new Map(openQueueViews(redis, world.prefix).map(({ name, queue }) => [name, queue]))
    await queues.get(ARCHIVE_QUEUE)?.add('archive', { sessionId: session.id, typed: 'by a candidate' })
    const answer = await get(
      '/queues/api/queues?activeQueue=archive&status=latest&page=1',
      await bearer('service'),
    )
    const text = await answer.text()
    const { queues: shown } = JSON.parse(text) as {
      queues: { name: string; readOnlyMode: boolean; jobs: object[] }[]
    }
    expect(shown.map(({ name, readOnlyMode }) => [name, readOnlyMode]).sort()).toEqual(
      [...JOB_QUEUES].sort().map((name) => [name, true]),
    )
    const archive = shown.find(({ name }) => name === ARCHIVE_QUEUE)
    expect(archive?.jobs).toMatchObject([{ name: 'archive', data: { sessionId: session.id } }])
    expect(text).not.toContain('by a candidate')
    redis.disconnect()
  })

  test('changes nothing: what is not looking is not there', async () => {
    for (const [method, path] of [
      ['PUT', '/queues/api/queues/flush/pause'],
      ['PUT', '/queues/api/queues/flush/empty'],
      ['POST', '/queues/api/queues/flush/add'],
    ] as const) {
      const answer = await world.call(server, method, path, { body: {} })
      expect([path, answer.status]).toEqual([path, 404])
    }
  })
})

test('[R9] without the setting there is no board', async () => {
  await using other = await makeWorld()
  const { url } = await other.startServer()
  const headers = { authorization: `Bearer ${await other.token('service')}` }
  expect((await fetch(`${url}/queues/api/queues`, { headers })).status).toBe(404)
})
