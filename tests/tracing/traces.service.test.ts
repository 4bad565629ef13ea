import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createRecorder } from '../../client-sdk/src/recorder.js'
import { connectRedis, redisReady } from '../../db/redis.js'
import { freePort } from '../support/own-redis.js'
import { keysWith } from '../support/redis-keys.js'
import { waitFor } from '../support/wait-for.js'
import { makeWorld, type World } from '../support/world.js'
import { type CollectedSpan, type Collector, startCollector } from './collector.js'

const TRACE_OF_TAB = '4bf92f3577b34da6a3ce929d0e0e4736'
const SPAN_OF_TAB = '00f067aa0ba902b7'
const SAMPLED = `00-${TRACE_OF_TAB}-${SPAN_OF_TAB}-01`
/** What no trace may have. */
const TYPED = 'what the candidate has typed'

/** Spans leave soon; sessions are flushed while a test waits. */
const soon = { OTEL_BSP_SCHEDULE_DELAY: '50', FLUSH_DUE_MS: '300' }
const tracedWorld = ({ url }: { url: string }, env: Record<string, string> = {}): Promise<World> =>
  makeWorld({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: url, ...soon, ...env } })

const named = ({ spans }: Collector, service: string, name: string): CollectedSpan[] =>
  spans.filter((span) => span.service === service && span.name === name)
const found = (collector: Collector, service: string, name: string, traceId = TRACE_OF_TAB) =>
  waitFor(`${name} of ${service}`, () =>
    named(collector, service, name).find((span) => span.traceId === traceId),
  )

test('[I8] one trace goes from the tab over the server to the worker and the archive, with nothing typed and no token in it', async () => {
  await using collector = await startCollector()
  const folder = await mkdtemp(join(tmpdir(), 'recorder-headers-'))
  const headersFile = join(folder, 'headers')
  await writeFile(headersFile, 'x-collector-key=opensesame,x-team=two%20words\n')
  await using world = await tracedWorld(collector, { OTEL_EXPORTER_OTLP_HEADERS_FILE: headersFile })
  const [server] = await Promise.all([world.startServer(), world.startWorker()])
  const { id, candidateToken } = await world.createSession(server)
  const recorder = createRecorder({ url: server.url, token: candidateToken, traceparent: () => SAMPLED })
  // Whether the service follows traces is known from its welcome on.
  await new Promise<void>((resolve) => recorder.on('welcome', () => resolve()))
  for (let i = 0; i < 5; i++) recorder.record({ type: 'terminal_input', data: { command: TYPED } })
  await recorder.close({ waitFor: 'committed' })
  const serviceToken = await world.token('service')
  const closed = await world.call(server, 'POST', `/v1/sessions/${id}/close`, {
    token: serviceToken,
    body: { status: 'COMPLETED', finalCode: TYPED },
    headers: { traceparent: SAMPLED },
  })
  expect(closed.status).toBe(200)

  const ingest = await found(collector, 'recorder-server', 'ingest')
  const close = await found(collector, 'recorder-server', 'POST /v1/sessions/:id/close')
  const archive = await found(collector, 'recorder-worker', 'archive')
  for (const span of [ingest, close]) expect(span.parentSpanId).toBe(SPAN_OF_TAB)
  expect(ingest.attributes).toMatchObject({ 'recorder.session.id': id, 'recorder.first_source_seq': 1 })
  expect(close.attributes).toMatchObject({ 'http.response.status_code': 200, 'recorder.session.id': id })
  for (const step of ['check', 'append']) {
    expect((await found(collector, 'recorder-server', step)).parentSpanId).not.toBe('')
  }
  const steps = collector.spans.filter(({ parentSpanId }) => parentSpanId === ingest.spanId)
  expect(new Set(steps.map(({ name }) => name))).toEqual(new Set(['check', 'append', 'commit']))

  // What is committed hangs on its batch, and the archive on the close.
  const commit = steps.find(({ name }) => name === 'commit') as CollectedSpan
  expect(commit).toMatchObject({ service: 'recorder-worker', traceId: TRACE_OF_TAB })
  expect(commit.attributes).toMatchObject({ 'recorder.session.id': id, 'recorder.first_seq': 1 })
  const flushes = named(collector, 'recorder-worker', 'flush')
  expect(flushes.map(({ spanId }) => spanId)).toContain(commit.links[0]?.spanId)
  expect(new Set(flushes.map(({ traceId }) => traceId))).not.toContain(TRACE_OF_TAB)
  const closing = collector.spans.find(({ spanId }) => spanId === archive.parentSpanId)
  expect(closing).toMatchObject({ name: 'commit', parentSpanId: close.spanId })
  expect(archive.attributes).toEqual({ 'recorder.session.id': id })

  expect(collector.requests.length).toBeGreaterThan(1)
  for (const { headers, body } of collector.requests) {
    expect(headers).toMatchObject({ 'x-collector-key': 'opensesame', 'x-team': 'two words' })
    for (const secret of [TYPED, candidateToken, serviceToken, world.secret, 'opensesame', '127.0.0.1']) {
      expect(body).not.toContain(secret)
    }
  }
  await rm(folder, { recursive: true })
})

test('a batch over HTTP belongs to the trace of its request, and a refused one says its code', async () => {
  await using collector = await startCollector()
  await using world = await tracedWorld(collector)
  const [server] = await Promise.all([world.startServer(), world.startWorker()])
  const { id } = await world.createSession(server)
  const post = (firstSeq: number) =>
    world.call(server, 'POST', `/v1/sessions/${id}/events?wait=committed&note=${encodeURIComponent(TYPED)}`, {
      body: {
        source: 'backend',
        firstSeq,
        events: [{ type: 'custom:x', timestamp: Date.now(), data: TYPED }],
      },
      headers: { traceparent: SAMPLED },
    })
  expect((await post(1)).status).toBe(200)
  expect((await post(7)).status).toBe(409)
  const ingests = await waitFor('both', () => {
    const both = named(collector, 'recorder-server', 'ingest')
    return both.length === 2 && both
  })
  expect(ingests.map(({ failure }) => failure)).toEqual([undefined, 'gap'])
  const posts = await waitFor('both requests', () => {
    const both = named(collector, 'recorder-server', 'POST /v1/sessions/:id/events')
    return both.length === 2 && both
  })
  expect(ingests.map(({ parentSpanId }) => parentSpanId)).toEqual(posts.map(({ spanId }) => spanId))
  await found(collector, 'recorder-worker', 'commit')
  for (const { body } of collector.requests) expect(body).not.toContain(encodeURIComponent(TYPED))
})

describe('[I5] with a collector that', () => {
  test.each(['is not there', 'never answers'] as const)(
    '%s, all is recorded, and the log says so',
    async (how) => {
      await using silent = await startCollector({ isSilent: true })
      const url = how === 'never answers' ? silent.url : `http://127.0.0.1:${await freePort()}`
      // Its queue is full after a moment.
      await using world = await tracedWorld(
        { url },
        {
          OTEL_EXPORTER_OTLP_TIMEOUT: '500',
          OTEL_BSP_MAX_QUEUE_SIZE: '8',
          OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '4',
        },
      )
      const [server, worker] = await Promise.all([world.startServer(), world.startWorker()])
      const { id, candidateToken } = await world.createSession(server)
      const recorder = createRecorder({ url: server.url, token: candidateToken, traceparent: () => SAMPLED })
      const output = () => `${server.output()}${worker.output()}`
      let recorded = 0
      await waitFor('the log to say so', async () => {
        recorder.record({ type: 'terminal_input', data: { command: `${TYPED} ${recorded++}` } })
        await recorder.whenReceived()
        return output().includes('traces could not be sent')
      })
      await recorder.close({ waitFor: 'committed' })
      expect(recorder.status.notKept).toBe(0)
      expect((await world.readAll(server, id)).map(({ data }) => data)).toEqual(
        Array.from({ length: recorded }, (_, i) => ({ command: `${TYPED} ${i}` })),
      )
      expect(await Promise.all([server.stop(), worker.stop()])).toEqual([0, 0])
      expect(output()).not.toContain('did not stop in time')
      expect(output()).not.toContain(TYPED)
    },
  )
})

test('what is sampled is up to the service where it is set so, and an unsampled batch leaves nothing in Redis', async () => {
  await using collector = await startCollector()
  await using world = await tracedWorld(collector, {
    OTEL_TRACES_SAMPLER: 'traceidratio',
    OTEL_TRACES_SAMPLER_ARG: '0',
  })
  const server = await world.startServer()
  const { candidateToken } = await world.createSession(server)
  const recorder = createRecorder({ url: server.url, token: candidateToken, traceparent: () => SAMPLED })
  await new Promise<void>((resolve) => recorder.on('welcome', () => resolve()))
  recorder.record({ type: 'terminal_input', data: { command: TYPED } })
  await recorder.close()
  const redis = connectRedis(world.redisUrl, 'test')
  await redisReady(redis, 5_000)
  const keys = await keysWith(redis, world.prefix)
  redis.disconnect()
  expect(keys.filter((key) => key.includes(':batches:'))).toHaveLength(1)
  expect(keys.filter((key) => key.includes(':traces:'))).toEqual([])
  await server.stop()
  expect(collector.spans).toEqual([])
})

describe('[I8] where no collector is set', () => {
  test.each([
    ['off', {}, []],
    ['disabled', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', OTEL_SDK_DISABLED: 'true' }, []],
    ['on', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' }, ['open-telemetry']],
  ])('nothing of OpenTelemetry is loaded, and batches carry nothing: %s', async (_, env, loaded) => {
    const coverage = await mkdtemp(join(tmpdir(), 'recorder-loaded-'))
    await using world = await makeWorld({ env: { NODE_V8_COVERAGE: coverage, ...env } })
    const server = await world.startServer()
    const { candidateToken } = await world.createSession(server)
    let asked = 0
    const traceparent = () => {
      asked += 1
      return SAMPLED
    }
    const recorder = createRecorder({ url: server.url, token: candidateToken, traceparent })
    await new Promise<void>((resolve) => recorder.on('welcome', () => resolve()))
    recorder.record({ type: 'terminal_input', data: { command: TYPED } })
    await recorder.close()
    expect(asked > 0).toBe(loaded.length > 0)
    expect(await server.stop()).toBe(0)
    const files = await Promise.all(
      (await readdir(coverage)).map((file) => readFile(join(coverage, file), 'utf8')),
    )
    const scripts = files.flatMap((text) =>
      (JSON.parse(text).result as { url: string }[]).map(({ url }) => url),
    )
    expect(scripts.some((script) => script.endsWith('/dist/run/server/main.js'))).toBe(true)
    expect(scripts.flatMap((script) => /open-?telemetry/.exec(script) ?? [])).toEqual(loaded)
    await rm(coverage, { recursive: true })
  })
})
