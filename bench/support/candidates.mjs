import { randomBytes } from 'node:crypto'
import { io } from 'socket.io-client'
import { inGroups } from './in-groups.mjs'

/** Many tabs behind one address, all at once. */
export const UNLIMITED = {
  RATE_LIMIT_CONNECTIONS_PER_MINUTE: '0',
  RATE_LIMIT_SERVICE_PER_MINUTE: '0',
  LOG_LEVEL: 'warn',
}

/** @typedef {{ sessionId: string, token: string, sourceId: string }} Candidate */

/**
 * Candidates with a session each, and the source that each writes as.
 * @param {{ createSession: () => Promise<{ id: string, candidateToken: string }> }} product
 * @param {number} count
 * @returns {Promise<Candidate[]>}
 */
export const newCandidates = (product, count) =>
  inGroups(count, async () => {
    const { id, candidateToken } = await product.createSession()
    return { sessionId: id, token: candidateToken, sourceId: newSourceId() }
  })

/**
 * Candidates of a server that knows no sessions.
 * @param {number} count
 * @returns {Candidate[]}
 */
export const bareCandidates = (count) =>
  Array.from({ length: count }, () => ({
    sessionId: randomBytes(16).toString('hex'),
    token: '',
    sourceId: newSourceId(),
  }))

const newSourceId = () => randomBytes(8).toString('hex')

/**
 * A candidate's connection that is kept simple, since what it costs is measured too: it sends batches, and never again. A
 * refusal or a lost connection is a fault.
 * @param {{ url: string, isBare: boolean, candidate: Candidate }} target bare: a server that acks and does nothing else
 */
export async function openCandidate({ url, isBare, candidate: { token, sourceId } }) {
  const socket = io(isBare ? url : `${url}/candidate`, {
    auth: { token, sourceId, protocol: 1 },
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
  })
  const welcome = await new Promise((resolve, reject) => {
    socket.once(isBare ? 'connect' : 'welcome', resolve)
    socket.once('connect_error', reject)
  })
  let isClosing = false
  socket.on('disconnect', (reason) => {
    if (!isClosing) throw new Error(`A candidate lost its connection: ${reason}.`)
  })
  let receivedSeq = welcome?.receivedSeq ?? 0
  let committedSeq = welcome?.committedSeq ?? 0
  let nextSeq = receivedSeq + 1
  return {
    /** Events that are sent, and not known to be committed. */
    uncommitted: () => nextSeq - 1 - committedSeq,
    /**
     * @param {object[]} events whose times are set to now
     * @param {(ackMs: number, retryAfterMs: number) => void} acked
     */
    send(events, acked) {
      const timestamp = Date.now()
      for (const event of events) Object.assign(event, { timestamp })
      const firstSeq = nextSeq
      nextSeq += events.length
      const sentMs = performance.now()
      socket.emit('batch', { firstSeq, events }, (/** @type {any} */ answer) => {
        if (!answer.ok) throw new Error(`A batch was refused: ${answer.code}.`)
        if (answer.rejected) throw new Error('Events were rejected.')
        receivedSeq = firstSeq + events.length - 1
        committedSeq = isBare ? receivedSeq : answer.committedSeq
        acked(performance.now() - sentMs, answer.retryAfterMs ?? 0)
      })
    },
    /** Where nothing under way brings news of commits, they are asked for, as recorders do. */
    askCommitted(/** @type {() => void} */ told) {
      if (isBare) return told()
      socket.emit('watermark', (/** @type {any} */ answer) => {
        committedSeq = answer.committedSeq
        told()
      })
    },
    close() {
      isClosing = true
      socket.close()
    },
  }
}
