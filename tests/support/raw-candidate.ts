import { io, type Socket } from 'socket.io-client'
import type { BatchAck, Welcome } from '../../protocol/batch.js'
import type { ControlMessage } from '../../protocol/socket-events.js'

/** A candidate's connection as anybody's client could make it: nothing is checked, queued or sent again. */
export interface RawCandidate {
  socket: Socket
  /** The first one; later ones, of new epochs, are in `welcomes`. */
  welcome: Welcome
  welcomes: Welcome[]
  controls: ControlMessage[]
  batch(batch: unknown): Promise<BatchAck>
  watermark(): Promise<{ epoch: number; receivedSeq: number; committedSeq: number }>
  close(): void
}

/** Why a handshake was refused. */
export class Refused extends Error {
  constructor(
    readonly code: string | undefined,
    message: string,
  ) {
    super(message)
  }
}

const ANSWER_TIMEOUT_MS = 20_000

/** Resolves with the welcome; rejects with {@link Refused}. */
export function connectCandidate(url: string, auth: unknown): Promise<RawCandidate> {
  const socket = io(`${url}/candidate`, {
    auth: auth as object,
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
  })
  const welcomes: Welcome[] = []
  const controls: ControlMessage[] = []
  socket.on('control', (control) => controls.push(control))
  return new Promise((resolve, reject) => {
    socket.on('connect_error', (error: Error & { data?: { code?: string; message?: string } }) => {
      socket.close()
      reject(new Refused(error.data?.code, error.data?.message ?? error.message))
    })
    socket.on('welcome', (welcome: Welcome) => {
      if (welcomes.push(welcome) > 1) return
      resolve({
        socket,
        welcome,
        welcomes,
        controls,
        batch: (batch) => socket.timeout(ANSWER_TIMEOUT_MS).emitWithAck('batch', batch),
        watermark: () => socket.timeout(ANSWER_TIMEOUT_MS).emitWithAck('watermark'),
        close: () => socket.close(),
      })
    })
  })
}
