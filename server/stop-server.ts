import type { Server } from 'socket.io'
import { endsWithin } from '../db/ends-within.js'
import type { App } from './http/context.js'

/** All steps together; above the sum of their own bounds. */
export const STOP_TIMEOUT_MS = 12_000
/** Redis answers a batch within milliseconds, or is away. */
const BATCHES_MS = 1_500
/** A request that waits for its commit, an answer of the chat: whoever is cut off asks again. */
const REQUESTS_MS = 5_000
const SOCKETS_MS = 1_000
const STORES_MS = 3_000

export interface ServerParts {
  app: App
  io: Server
  /** From now on `/readyz` says that it stops. */
  unready: () => void
  /** Balancers get so long to notice before anything is closed. */
  delayMs: number
  /** Takes no more batches, and resolves once those under way are answered. */
  endBatches: () => Promise<void>
  /** Disconnects this node's sockets: recorders and watchers connect elsewhere and go on by seqs. */
  disconnectSockets: () => void
  stopTimers: () => void
  /** Ends answers of the chat and records what had come. */
  stopChat: () => Promise<void>
  closeStores: () => Promise<unknown>
}

/**
 * Stops a server in the order that disturbs least (docs/operations.md, "Stopping"). Each step has a bound of its own, so
 * that a store that is away holds up none behind it: what is acked is in Redis, and what is not is sent again.
 */
export async function stopServer(parts: ServerParts): Promise<void> {
  const { app, io } = parts
  parts.unready()
  if (parts.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, parts.delayMs))
  parts.stopTimers()
  // Whoever is disconnected comes again at once, and must not find the door that it was just shown out by.
  const closed = app.close()
  await endsWithin(parts.endBatches(), BATCHES_MS)
  parts.disconnectSockets()
  const chatStopped = parts.stopChat()
  if (!(await endsWithin(closed, REQUESTS_MS))) app.server.closeAllConnections()
  await endsWithin(Promise.all([closed, chatStopped, io.close()]), SOCKETS_MS)
  await endsWithin(parts.closeStores(), STORES_MS)
}
