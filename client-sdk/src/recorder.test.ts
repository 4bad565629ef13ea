import { beforeEach, expect, test, vi } from 'vitest'
import { LIMITS } from '../../protocol/limits.js'
import { SimulatedIngest } from '../test-support/simulated-ingest.js'
import { simulatedLinks } from '../test-support/simulated-link.js'
import { seededRandom, VirtualTime, virtualEnvironment } from '../test-support/virtual-time.js'
import type { LinkEvents, OpenLink } from './link.js'
import { memoryOutbox, type Outbox, readAll } from './outbox.js'
import { createRecorder } from './recorder.js'
import type { RecorderOptions, RecorderStatus } from './recorder-types.js'

let time: VirtualTime
let ingest: SimulatedIngest

beforeEach(() => {
  time = new VirtualTime()
  ingest = new SimulatedIngest(time, seededRandom(1))
})

const record = (options: Partial<RecorderOptions> = {}) => {
  const network = { latencyMs: () => 20, losesAck: () => false, doubles: () => false }
  const env = virtualEnvironment(time, seededRandom(2), { openLink: simulatedLinks(time, ingest, network) })
  return createRecorder({ url: 'http://x', token: () => ingest.validToken, ...options }, env)
}
const key = { type: 'cursor', data: { anchor: 0, head: 0 } }
/** What a promise comes to, once so much virtual time has passed. */
const outcome = async (promise: Promise<unknown>, withinMs = 60_000) => {
  let result: unknown = 'pending'
  promise.then(
    () => {
      result = 'done'
    },
    (error: { code?: string }) => {
      result = error.code
    },
  )
  await time.runUntil(() => result !== 'pending', withinMs)
  return result
}

test('whenReceived and whenCommitted wait for the watermarks, and for what was recorded by then', async () => {
  const recorder = record()
  expect(await outcome(recorder.whenCommitted())).toBe('done')
  recorder.record(key)
  const first = recorder.whenReceived()
  const committed = recorder.whenCommitted(1)
  recorder.record(key)
  expect(await outcome(first)).toBe('done')
  expect(await outcome(committed, 10_000)).toBe('pending')
  ingest.flush()
  expect(await outcome(committed)).toBe('done')
  expect(recorder.status).toMatchObject({ recordedSeq: 2, state: 'recording' })
})

test('close waits for what is on its way, and then takes nothing more', async () => {
  const recorder = record()
  await time.run(1000)
  recorder.record(key)
  expect(await outcome(recorder.close())).toBe('done')
  expect(recorder.status).toMatchObject({ state: 'closed', receivedSeq: 1 })
  expect(() => recorder.record(key)).toThrow(expect.objectContaining({ code: 'RECORDER_CLOSED' }))
  await time.run(1000)
  expect(ingest.connections.size).toBe(0)
})

test('a close in vain ends in time, says so, and leaves the outbox as it is', async () => {
  ingest.isDown = true
  const outbox = memoryOutbox()
  const recorder = record({ outbox })
  recorder.record(key)
  expect(await outcome(recorder.close({ waitFor: 'committed', timeoutMs: 3000 }), 3100)).toBe('TIMED_OUT')
  expect(recorder.status.state).toBe('closed')
  expect(await readAll(outbox)).toHaveLength(1)
  expect(await outcome(recorder.whenReceived())).toBe('RECORDER_CLOSED')
})

test('closing waits long enough for a flush that is due ten seconds after the last event', async () => {
  const recorder = record()
  await time.run(1000)
  recorder.record(key)
  time.after(11_500, () => ingest.flush())
  expect(await outcome(recorder.close({ waitFor: 'committed' }))).toBe('done')
})

test('close sends at once what waits to be gathered', async () => {
  const recorder = record({ gatherMs: 1000 })
  await time.run(1000)
  recorder.record(key)
  await time.run(1)
  recorder.record(key)
  expect(await outcome(recorder.close(), 100)).toBe('done')
})

test('the first event after a pause leaves at once, whatever else is due soon', async () => {
  const recorder = record({ gatherMs: 400 })
  await time.run(300)
  recorder.record(key)
  expect(await outcome(recorder.whenReceived(1), 100)).toBe('done')
  recorder.record(key)
  expect(await outcome(recorder.whenReceived(2), 100)).toBe('pending')
  expect(await outcome(recorder.whenReceived(2), 400)).toBe('done')
})

test('a commit that is waited for is heard of soon', async () => {
  const recorder = record()
  recorder.record(key)
  await time.run(300)
  ingest.flush()
  expect(await outcome(recorder.whenCommitted(), 1100)).toBe('done')
})

test('an ack that comes when its connection is gone is not heard', async () => {
  const acks: ((answer: unknown) => void)[] = []
  let events: LinkEvents | undefined
  const openLink: OpenLink = (_target, heard) => {
    events = heard
    return {
      emit: (event, _args, ack) => {
        if (event === 'batch') acks.push(ack)
      },
      close: () => undefined,
    }
  }
  const env = virtualEnvironment(time, seededRandom(2), { openLink })
  const recorder = createRecorder({ url: 'http://x', token: 't' }, env)
  recorder.record(key)
  await time.run(10)
  events?.connected()
  const limits = LIMITS
  events?.received('welcome', {
    sessionId: 's',
    epoch: 1,
    receivedSeq: 0,
    committedSeq: 0,
    serverTimeMs: 1,
    limits,
  })
  await time.run(10)
  expect(acks).toHaveLength(1)
  events?.lost('cut')
  await time.run(1000)
  acks[0]?.({ ok: true, receivedSeq: 1, committedSeq: 1 })
  expect(recorder.status).toMatchObject({ receivedSeq: 0, committedSeq: 0 })
})

test('closing without waiting ends at once', async () => {
  const recorder = record()
  recorder.record(key)
  expect(await outcome(recorder.close({ waitFor: 'nothing' }), 1)).toBe('done')
})

test('[R11] what one recorder left in its outbox is sent by the next under the same source', async () => {
  const outbox = memoryOutbox()
  const first = record({ outbox, sourceId: 'page-1' })
  for (let i = 0; i < 3; i++) first.record({ type: 'custom:n', data: i })
  await first.whenReceived(0)
  await time.run(500)
  ingest.flush()
  ingest.isDown = true
  for (let i = 3; i < 6; i++) first.record({ type: 'custom:n', data: i })
  await time.run(5000)
  await first.close({ waitFor: 'nothing' })
  ingest.cutAll()
  ingest.isDown = false
  const restored = await readAll(outbox)
  const second = record({ outbox, sourceId: 'page-1', restored })
  expect(() => second.record(key)).toThrow(expect.objectContaining({ code: 'RECORDER_CLOSED' }))
  const committed = second.whenCommitted()
  await time.run(5000)
  ingest.flush()
  expect(await outcome(committed)).toBe('done')
  expect(ingest.committed.get('page-1')?.map((event) => event.data)).toEqual([0, 1, 2, 3, 4, 5])
  expect(await readAll(outbox)).toEqual([])
})

test('a recorder that is refused says why, and rejects what waits', async () => {
  const recorder = record({ token: 'of-long-ago' })
  recorder.record(key)
  expect(await outcome(recorder.whenReceived())).toBe('TOKEN_EXPIRED')
  expect(recorder.status).toMatchObject({ state: 'refused', error: { code: 'TOKEN_EXPIRED' } })
})

test('why it was refused is said also where the storage has failed', async () => {
  const recorder = record({
    token: 'of-long-ago',
    outbox: (_, told) => {
      told('failed')
      return memoryOutbox()
    },
  })
  expect(recorder.status).toMatchObject({ storage: 'failed', error: { code: 'OUTBOX_FAILED' } })
  await time.run(1000)
  expect(recorder.status).toMatchObject({ state: 'refused', error: { code: 'TOKEN_EXPIRED' } })
})

test('a token that the service sends replaces the one in use', async () => {
  let asked = 0
  const recorder = record({
    token: () => {
      asked++
      return 'token-1'
    },
  })
  await time.run(1000)
  for (const { end } of ingest.connections.values()) end.push('control', { kind: 'token', token: 'token-2' })
  await time.run(100)
  ingest.validToken = 'token-2'
  ingest.cutAll()
  recorder.record(key)
  expect(await outcome(recorder.whenReceived())).toBe('done')
  expect(asked).toBe(1)
})

test('a token function that fails is asked again', async () => {
  let asked = 0
  const recorder = record({
    token: () => {
      if (asked++ < 2) throw new Error('the platform is away')
      return ingest.validToken
    },
  })
  await time.run(300)
  expect(recorder.status).toMatchObject({ state: 'connecting', error: { code: 'UNREACHABLE' } })
  recorder.record(key)
  expect(await outcome(recorder.whenReceived())).toBe('done')
  expect(recorder.status.error).toBeUndefined()
})

test('a token function that has no token this time is asked again', async () => {
  const answers = ['', undefined as never]
  const recorder = record({ token: () => (answers.length > 0 ? answers.pop() : ingest.validToken) as string })
  recorder.record(key)
  expect(await outcome(recorder.whenReceived())).toBe('done')
  expect(answers).toEqual([])
})

test('a closed session: what was received is still seen being committed, the rest stays in the outbox', async () => {
  const outbox = memoryOutbox()
  const recorder = record({ outbox })
  recorder.record(key)
  await time.run(1000)
  ingest.isClosed = true
  recorder.record(key)
  const [received, refused] = [recorder.whenCommitted(1), recorder.whenReceived(2)]
  await time.run(500)
  expect(recorder.status.state).toBe('closed')
  ingest.flush()
  expect(await outcome(received)).toBe('done')
  expect(await outcome(refused)).toBe('SESSION_CLOSED')
  expect((await readAll(outbox)).map((entry) => entry.seq)).toEqual([2])
})

test('a newer connection of the same source ends the older one', async () => {
  const first = record({ sourceId: 'same' })
  await time.run(1000)
  const second = record({ sourceId: 'same' })
  await time.run(1000)
  expect(first.status.state).toBe('superseded')
  expect(second.status.state).toBe('recording')
  await time.run(60_000)
  expect(first.status.state).toBe('superseded')
})

test('status, messages, controls and welcomes reach their handlers, and one that throws stops nothing', async () => {
  const recorder = record()
  const states: RecorderStatus['state'][] = []
  const heard: unknown[] = []
  recorder.on('status', (status) => {
    if (states.at(-1) !== status.state) states.push(status.state)
  })
  globalThis.reportError = (error) => heard.push(error)
  recorder.on('welcome', () => {
    throw new Error('the page is broken')
  })
  recorder.on('message', (message) => heard.push(message.text))
  const off = recorder.on('control', (control) => heard.push(control.kind))
  await time.run(1000)
  const [connection] = ingest.connections.values()
  connection?.end.push('message', { text: 'hello', author: 'a', atMs: 1 })
  connection?.end.push('control', { kind: 'time-up' })
  await time.run(100)
  off()
  connection?.end.push('control', { kind: 'time-up' })
  connection?.end.cut()
  await time.run(5000)
  expect(states).toEqual(['recording', 'offline', 'recording'])
  expect(heard).toEqual([
    new Error('the page is broken'),
    'hello',
    'time-up',
    new Error('the page is broken'),
  ])
  Reflect.deleteProperty(globalThis, 'reportError')
})

test('the outbox gets entries before they are committed, and not from inside record()', async () => {
  const calls: string[] = []
  const outbox: Outbox = {
    append: (entries) => {
      calls.push(`append ${entries.map((entry) => `${entry.seq}${entry.mapped ? '' : '?'}`)}`)
    },
    read: () => [],
    forgetThrough: (seq) => {
      calls.push(`forget ${seq}`)
    },
  }
  const recorder = record({ outbox })
  recorder.record(key)
  recorder.record(key)
  expect(calls).toEqual([])
  await time.run(300)
  ingest.flush()
  await time.run(10_000)
  expect(calls).toEqual(['append 1?,2?', 'append 1,2', 'forget 2'])
})

test('an outbox that fails is told, and stops nothing', async () => {
  let isBroken = true
  const outbox: Outbox = {
    append: () => (isBroken ? Promise.reject(new Error('quota')) : Promise.resolve()),
    read: () => [],
    forgetThrough: () => undefined,
  }
  const recorder = record({ outbox })
  recorder.record(key)
  expect(await outcome(recorder.whenReceived())).toBe('done')
  expect(recorder.status).toMatchObject({ state: 'recording', error: { code: 'OUTBOX_FAILED' } })
  isBroken = false
  recorder.record(key)
  await time.run(100)
  expect(recorder.status.error).toBeUndefined()
})

test('an address that is none is told at once', () => {
  expect(() => record({ url: 'not an address' })).toThrow(expect.objectContaining({ code: 'VALIDATION' }))
})

test('times agree with the server within the link’s latency, from the first event on', async () => {
  const recorder = record()
  for (let i = 0; i < 20; i++) {
    recorder.record({ type: 'custom:at', data: Math.round(time.nowMs + ingest.clockOffsetMs) })
    await time.run(100)
  }
  await time.run(1000)
  ingest.flush()
  const offMs = ingest.committed
    .get(recorder.sourceId)
    ?.map((event) => event.timestamp - (event.data as number))
  expect(Math.max(...(offMs ?? []).map(Math.abs))).toBeLessThanOrEqual(50)
})

test('keystrokes are sampled before they are numbered: at the default, then at the session’s own rate', async () => {
  ingest.sampling = { keystroke: 3 }
  const recorder = record({ keystrokeSampling: 5 })
  const keystroke = { type: 'keystroke', data: {} }
  for (let i = 0; i < 12; i++) recorder.record(keystroke)
  expect(recorder.record(key)).toBe(3)
  expect(await outcome(recorder.whenReceived())).toBe('done')
  for (let i = 0; i < 4; i++) expect(recorder.record(keystroke)).toBe(i === 0 ? 4 : i === 3 ? 5 : 4)
  await outcome(recorder.whenReceived())
  const events = ingest.buffered.get(recorder.sourceId) ?? []
  // 12 and 4 keystrokes: 5, 5, then the two left over with the next one, then 3.
  expect(events.map(({ data }) => (data as { every?: number }).every ?? 0)).toEqual([5, 5, 0, 3, 3])
})

test('batches carry a traceparent where the service follows traces, and leave whatever the tracer does', async () => {
  const sent: { traceparent?: string }[] = []
  const followed = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
  // A tracer written in JavaScript answers anything.
  const span: { self?: unknown } = {}
  span.self = span
  const answers = [
    followed,
    undefined,
    new Error('of the tracer'),
    span as unknown as string,
    'x'.repeat(10_000),
  ]
  const traceparent = () => {
    const answer = answers.shift()
    if (answer instanceof Error) throw answer
    return answer
  }
  const uncaught: unknown[] = []
  vi.stubGlobal('reportError', (error: unknown) => uncaught.push(error))
  const link: { events?: LinkEvents } = {}
  const welcome = {
    sessionId: 's',
    epoch: 1,
    receivedSeq: 0,
    committedSeq: 0,
    serverTimeMs: 0,
    limits: LIMITS,
  }
  const openLink: OpenLink = (_, told) => {
    link.events = told
    return {
      emit: (event, [batch], ack) => {
        if (event !== 'batch') return
        const { firstSeq } = batch as { firstSeq: number }
        sent.push(batch as { traceparent?: string })
        ack({ ok: true, receivedSeq: firstSeq, committedSeq: firstSeq })
      },
      close: () => {},
    }
  }
  const env = virtualEnvironment(time, seededRandom(2), { openLink })
  const recorder = createRecorder({ url: 'http://x', token: 't', traceparent }, env)
  await time.run(100)
  link.events?.connected()
  link.events?.received('welcome', welcome)
  const send = async () => {
    recorder.record(key)
    await time.run(1000)
  }
  await send()
  // An older service does not know the field.
  expect(sent.map(Object.keys)).toEqual([['firstSeq', 'events']])
  link.events?.received('welcome', { ...welcome, receivedSeq: 1, committedSeq: 1, traced: true })
  for (let i = 0; i < 5; i++) await send()
  vi.unstubAllGlobals()
  expect(sent.slice(1).map((batch) => batch.traceparent)).toEqual([followed, ...Array(4).fill(undefined)])
  expect(sent.slice(2).map((batch) => Object.keys(batch))).toEqual(Array(4).fill(['firstSeq', 'events']))
  expect(uncaught).toHaveLength(1)
})
