import { type Eraser, eraseSession, requestErasure } from '../db/erasure.js'
import type { Stores } from '../db/read-events.js'
import { sessionNotFound } from './auth/tokens.js'

export interface EraseContext {
  stores: Stores
  /** Disconnects the session's tabs and watchers, on all nodes: when they come again they are told that it is gone. */
  disconnect: (sessionId: string) => void
  log: (error: unknown, where: string) => void
}

/** The caller waits so long; after it the workers go on. */
const WAIT_MS = 10_000

/**
 * Erases a session [R14]. Once the mark is set it is gone to everybody, whatever fails after it: the workers' sweep goes
 * on until nothing is left.
 * @returns whether nothing is left. Throws SESSION_NOT_FOUND, or a StoreError where nothing was begun.
 */
export async function eraseNow(context: EraseContext, sessionId: string, by: Eraser): Promise<boolean> {
  const { stores, disconnect, log } = context
  const found = await requestErasure(stores.db, sessionId, by)
  if (found === null) throw sessionNotFound()
  if (found === 'erased') return true
  disconnect(sessionId)
  const erased = eraseSession(stores, sessionId).then(
    () => true,
    (error: unknown) => {
      log(error, 'erase')
      return false
    },
  )
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), WAIT_MS)
  })
  return Promise.race([erased, late]).finally(() => clearTimeout(timer))
}
