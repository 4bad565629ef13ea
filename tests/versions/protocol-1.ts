import type { AddressInfo } from 'node:net'
import { Server } from 'socket.io'

/**
 * The candidate's wire in its version 1, as it was when version 1 was published, written down a second time: nothing here may follow
 * what `protocol/` becomes. A tab that was opened before an update keeps the recorder that it loaded, for days.
 */
export const CANDIDATE = '/candidate'

export interface EventOf1 {
  type: string
  timestamp: number
  data: unknown
  fileId?: string
  checkpoint?: boolean
}

/** Of each answer the fields that a recorder of version 1 reads, and their types. */
export const ANSWERS = {
  welcome: {
    sessionId: 'string',
    epoch: 'number',
    receivedSeq: 'number',
    committedSeq: 'number',
    serverTimeMs: 'number',
    limits: 'object',
  },
  limits: {
    maxBatchEvents: 'number',
    maxBatchBytes: 'number',
    maxEventBytes: 'number',
    maxInFlightBatches: 'number',
  },
  batch: { ok: 'boolean', receivedSeq: 'number', committedSeq: 'number' },
  gap: { ok: 'boolean', code: 'string', message: 'string', expectedSeq: 'number' },
  watermark: { epoch: 'number', receivedSeq: 'number', committedSeq: 'number' },
  clock: { serverTimeMs: 'number' },
} as const

/** The types of the named fields; a field that is missing is 'undefined'. */
export const typesOf = (answer: object, fields: object): Record<string, string> =>
  Object.fromEntries(
    Object.keys(fields).map((name) => [name, typeof (answer as Record<string, unknown>)[name]]),
  )

const BATCH_FIELDS = new Set(['firstSeq', 'events'])
const EVENT_FIELDS = new Set(['type', 'timestamp', 'data', 'fileId', 'checkpoint'])

/** A gateway that knows version 1 and nothing else: fields that it has not heard of make it refuse a batch. */
export async function startServerOf1(limits: Record<string, number>) {
  const io = new Server({ transports: ['websocket'], serveClient: false })
  const kept: EventOf1[] = []
  const refused: unknown[] = []
  const handshakes: Record<string, unknown>[] = []
  io.of(CANDIDATE).on('connection', (socket) => {
    handshakes.push(socket.handshake.auth)
    const marks = () => ({ receivedSeq: kept.length, committedSeq: kept.length })
    socket.on('batch', (batch: { firstSeq: number; events: EventOf1[] }, ack: (answer: object) => void) => {
      const unknown = [
        ...Object.keys(batch).filter((name) => !BATCH_FIELDS.has(name)),
        ...batch.events.flatMap((event) => Object.keys(event).filter((name) => !EVENT_FIELDS.has(name))),
      ]
      if (unknown.length > 0) {
        refused.push(unknown)
        ack({ ok: false, code: 'BATCH_INVALID', message: `unknown: ${unknown.join(', ')}` })
      } else if (batch.firstSeq > kept.length + 1) {
        ack({ ok: false, code: 'BATCH_GAP', message: 'a hole', expectedSeq: kept.length + 1 })
      } else {
        kept.push(...batch.events.slice(kept.length + 1 - batch.firstSeq))
        ack({ ok: true, ...marks() })
      }
    })
    socket.on('watermark', (ack: (answer: object) => void) => ack({ epoch: 1, ...marks() }))
    socket.on('clock', (ack: (answer: object) => void) => ack({ serverTimeMs: Date.now() }))
    socket.onAny((event: string) => {
      if (!['batch', 'watermark', 'clock'].includes(event)) refused.push(event)
    })
    socket.emit('welcome', { sessionId: SESSION, epoch: 1, ...marks(), serverTimeMs: Date.now(), limits })
  })
  io.listen(0)
  await new Promise((resolve) => io.httpServer.once('listening', resolve))
  return {
    url: `http://127.0.0.1:${(io.httpServer.address() as AddressInfo).port}`,
    kept,
    /** What it did not understand. */
    refused,
    handshakes,
    cut: () => io.of(CANDIDATE).disconnectSockets(true),
    [Symbol.asyncDispose]: async () => {
      await io.close()
    },
  }
}

const SESSION = '5e551011-0000-4000-8000-000000000001'
