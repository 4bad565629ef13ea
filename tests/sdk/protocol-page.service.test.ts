import { io, type Socket } from 'socket.io-client'
import { expect, test } from 'vitest'
import { waitFor } from '../support/wait-for.js'
import { makeWorld } from '../support/world.js'

// [R19] A recorder and a watcher as somebody would write them who has docs/protocol.md and a Socket.IO client, and
// nothing of ours. Where this needs anything that the page doesn't say, the page is wrong.

/** "Sending over Socket.IO", steps 1 to 9. */
class PageRecorder {
  private readonly kept: { seq: number; event: object }[] = []
  private socket: Socket | undefined
  private recordedSeq = 0
  private nextSeq = 1
  private receivedSeq = 0
  committedSeq = 0
  private epoch: number | undefined
  private maxBatchEvents = 1
  private offsetMs = 0
  isWelcomed = false
  /** Batches in flight, by when they were sent: an ack of an earlier time counts no longer. */
  private generation = 0
  private inFlight = 0
  private isStopped = false

  constructor(
    private readonly url: string,
    private readonly auth: object,
  ) {
    this.connect()
  }

  record(type: string, data: unknown): void {
    const event = { type, timestamp: Date.now() + this.offsetMs, data }
    this.kept.push({ seq: ++this.recordedSeq, event })
    this.send()
  }

  breakConnection(): void {
    this.socket?.io.engine.close()
  }

  stop(): void {
    this.isStopped = true
    this.socket?.disconnect()
  }

  private connect(): void {
    const socket = io(`${this.url}/candidate`, {
      transports: ['websocket'],
      reconnection: false,
      forceNew: true,
      auth: this.auth,
    })
    this.socket = socket
    this.isWelcomed = false
    const again = () => {
      this.isWelcomed = false
      if (!this.isStopped) setTimeout(() => this.connect(), 100)
    }
    socket.on('connect_error', again)
    socket.on('disconnect', again)
    socket.on('connect', () => {
      const askedMs = Date.now()
      socket.emit('clock', ({ serverTimeMs }: { serverTimeMs: number }) => {
        this.offsetMs = serverTimeMs - (askedMs + Date.now()) / 2
      })
    })
    socket.on('welcome', ({ epoch, receivedSeq, committedSeq, limits }) => {
      this.isWelcomed = true
      this.maxBatchEvents = limits.maxBatchEvents
      this.committed(committedSeq)
      this.restart((epoch === this.epoch ? receivedSeq : committedSeq) + 1)
      this.epoch = epoch
    })
  }

  private restart(fromSeq: number): void {
    this.generation++
    this.inFlight = 0
    this.nextSeq = Math.max(fromSeq, this.committedSeq + 1)
    this.receivedSeq = this.nextSeq - 1
    this.send()
  }

  private send(): void {
    if (!this.isWelcomed || this.inFlight >= 8) return
    const batch = this.kept.filter(({ seq }) => seq >= this.nextSeq).slice(0, this.maxBatchEvents)
    if (batch.length === 0) return
    const firstSeq = this.nextSeq
    this.nextSeq += batch.length
    this.inFlight++
    const { generation } = this
    this.socket?.emit('batch', { firstSeq, events: batch.map(({ event }) => event) }, (ack: Ack) => {
      if (generation !== this.generation) return
      this.inFlight--
      if (ack.ok) {
        this.receivedSeq = Math.max(this.receivedSeq, ack.receivedSeq)
        this.committed(ack.committedSeq)
      } else if (ack.code === 'BATCH_GAP') this.restart(ack.expectedSeq ?? firstSeq)
      else if (ack.code !== 'EPOCH_CHANGED') setTimeout(() => this.restart(firstSeq), ack.retryAfterMs ?? 500)
      this.send()
    })
    this.send()
  }

  askWatermark(): void {
    this.socket?.emit('watermark', (answer: { receivedSeq: number; committedSeq: number; ok?: false }) => {
      if (answer.ok === false) return
      this.committed(answer.committedSeq)
      if (answer.receivedSeq < this.receivedSeq) this.restart(answer.receivedSeq + 1)
    })
  }

  private committed(seq: number): void {
    this.committedSeq = Math.max(this.committedSeq, seq)
    while (this.kept[0] !== undefined && this.kept[0].seq <= seq) this.kept.shift()
  }
}

type Ack =
  | { ok: true; receivedSeq: number; committedSeq: number }
  | { ok: false; code: string; expectedSeq?: number; retryAfterMs?: number }

/** "How to show each event once", for a session in one epoch. */
class PageWatcher {
  readonly shown: { seq: number }[] = []
  private readonly early = new Map<number, object>()
  private readonly socket: Socket

  constructor(
    private readonly url: string,
    private readonly token: string,
    private readonly sessionId: string,
  ) {
    this.socket = io(`${url}/proctor`, { transports: ['websocket'], forceNew: true, auth: { token } })
    this.socket.on('connect', () => this.socket.emit('watch', { sessionId }, () => this.readOn()))
    this.socket.on('events', ({ firstSeq, events }: { firstSeq: number; events: object[] }) => {
      events.forEach((event, i) => {
        this.early.set(firstSeq + i, { ...event, seq: firstSeq + i })
      })
      this.show()
    })
    this.socket.on('presence', ({ headSeq }: { headSeq: number }) => {
      if (headSeq > this.shown.length) void this.readOn()
    })
  }

  stop(): void {
    this.socket.disconnect()
  }

  private async readOn(): Promise<void> {
    for (let afterSeq: number | null = this.shown.length; afterSeq !== null; ) {
      const address = `${this.url}/v1/sessions/${this.sessionId}/events?afterSeq=${afterSeq}`
      const response = await fetch(address, { headers: { authorization: `Bearer ${this.token}` } })
      const page = (await response.json()) as { events: { seq: number }[]; nextAfterSeq: number | null }
      for (const event of page.events) this.early.set(event.seq, event)
      this.show()
      afterSeq = page.nextAfterSeq
    }
  }

  private show(): void {
    for (;;) {
      const next = this.early.get(this.shown.length + 1)
      if (next === undefined) return
      this.early.delete(this.shown.length + 1)
      this.shown.push(next as { seq: number })
    }
  }
}

test('[R19] docs/protocol.md is enough to write a recorder and a watcher from', async () => {
  await using world = await makeWorld({ env: { FLUSH_DUE_MS: '200', SWEEP_EVERY_MS: '300' } })
  const server = await world.startServer()
  await world.startWorker()
  const service = {
    authorization: `Bearer ${await world.token('service')}`,
    'content-type': 'application/json',
  }
  const created = await fetch(`${server.url}/v1/sessions`, {
    method: 'POST',
    headers: service,
    body: JSON.stringify({ candidateId: 'a-page-reader', timeLimit: 3600 }),
  })
  const { id, candidateToken } = (await created.json()) as { id: string; candidateToken: string }

  const early = new PageWatcher(server.url, await world.token('proctor', id), id)
  const auth = { token: candidateToken, sourceId: 'page-1', protocol: 1 }
  const recorder = new PageRecorder(server.url, auth)
  const sent: unknown[] = []
  for (let i = 1; i <= 1500; i++) {
    const data = { i, text: '\u0000\ud83d' }
    recorder.record('custom:page', data)
    sent.push(data)
    if (i % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 10))
    if (i === 400 || i === 1100) {
      await waitFor('a welcome', () => recorder.isWelcomed)
      recorder.breakConnection()
    }
  }
  await waitFor('everything to be committed', () => {
    recorder.askWatermark()
    return recorder.committedSeq === sent.length
  })
  const late = new PageWatcher(server.url, await world.token('proctor', id), id)
  await waitFor(
    'both watchers',
    () => early.shown.length === sent.length && late.shown.length === sent.length,
  )
  expect(early.shown).toEqual(late.shown)
  expect(late.shown.map((event) => (event as unknown as { data: unknown }).data)).toEqual(sent)
  const closed = await fetch(`${server.url}/v1/sessions/${id}/close`, {
    method: 'POST',
    headers: service,
    body: JSON.stringify({ status: 'COMPLETED' }),
  })
  expect(await closed.json()).toMatchObject({ status: 'COMPLETED', eventCount: sent.length })
  for (const one of [recorder, early, late]) one.stop()
})
