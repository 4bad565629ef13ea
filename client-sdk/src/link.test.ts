import { expect, test } from 'vitest'
import { SimulatedIngest } from '../test-support/simulated-ingest.js'
import { serveSockets } from '../test-support/socket-server.js'
import { seededRandom } from '../test-support/virtual-time.js'
import { createRecorder } from './recorder.js'

// Over real Socket.IO and in real time; what may go wrong besides is simulated elsewhere.

const realTime = {
  get nowMs() {
    return Date.now()
  },
  after: (delayMs: number, run: () => void) => {
    const timer = setTimeout(run, delayMs)
    return () => clearTimeout(timer)
  },
}
const makeIngest = () => new SimulatedIngest(realTime, seededRandom(1))
const odd = ['\u0000', '\ud83d', '😀', 'tab\there', '\u2028'].join('|')

test('[I2][R8] everything arrives once and in order, unaltered, over connections that break', async () => {
  const ingest = makeIngest()
  await using server = await serveSockets('/candidate', ingest)
  const recorder = createRecorder({ url: server.url, token: ingest.validToken })
  const sent: unknown[] = []
  for (let i = 0; i < 2000; i++) {
    const data = { i, odd }
    recorder.record({ type: 'custom:n', data, fileId: null })
    sent.push(data)
    if (i % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    if (i % 400 === 200) server.breakAll()
    if (i % 700 === 600) ingest.loseBuffer(0.5)
    if (i % 300 === 100) ingest.flush()
  }
  await recorder.whenReceived()
  const committed = recorder.whenCommitted()
  ingest.flush()
  await committed
  expect(ingest.violations).toEqual([])
  expect(ingest.committed.get(recorder.sourceId)?.map((event) => event.data)).toEqual(sent)
  await recorder.close()
})

test('the handshake says who is there; a refusal arrives with its code', async () => {
  const ingest = makeIngest()
  const seen: unknown[] = []
  ingest.handshake = (auth) => {
    seen.push(auth)
    return { code: 'SESSION_NOT_FOUND', message: 'There is no such session.' }
  }
  await using server = await serveSockets('/candidate', ingest)
  const recorder = createRecorder({ url: server.url, token: 'a-token', sourceId: 'page-1', sessionId: 's' })
  await expect(recorder.whenReceived(1)).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' })
  expect(seen).toEqual([{ token: 'a-token', sourceId: 'page-1', protocol: 1, sessionId: 's' }])
  expect(recorder.status).toMatchObject({
    state: 'refused',
    error: { code: 'SESSION_NOT_FOUND', message: 'There is no such session.' },
  })
})

test('a service behind a path prefix is found', async () => {
  const ingest = makeIngest()
  await using server = await serveSockets('/candidate', ingest, '/behind/a/proxy')
  const recorder = createRecorder({ url: `${server.url}/`, token: ingest.validToken })
  recorder.record({ type: 'cursor', data: { anchor: 0, head: 0 } })
  await recorder.close()
  expect(recorder.status.receivedSeq).toBe(1)
})

test('a service that is not there yet is waited for', async () => {
  const ingest = makeIngest()
  let url: string
  {
    await using gone = await serveSockets('/candidate', ingest)
    url = gone.url
  }
  const recorder = createRecorder({ url, token: ingest.validToken })
  recorder.record({ type: 'cursor', data: { anchor: 0, head: 0 } })
  const offline = new Promise<void>((resolve) => {
    recorder.on('status', (status) => {
      if (status.error?.code === 'UNREACHABLE') resolve()
    })
  })
  await offline
  expect(recorder.status.state).toBe('connecting')
  await recorder.close({ waitFor: 'nothing' })
})
