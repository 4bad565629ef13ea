// The load of one round, in a process of its own: every candidate over a connection of its own, a window of batches under way, as
// recorders have it. Talks with the bench over IPC: takes a Plan, sends a Tally whenever it is asked, ends when told.
import { Agent, request } from 'node:http'
import { io } from 'socket.io-client'

/**
 * @typedef {object} Plan
 * @property {'recorder' | 'echo' | 'http'} kind
 * @property {string} url
 * @property {{ token: string, sourceId: string, sessionId: string }[]} candidates
 * @property {object[][]} batches
 * @property {number} inFlight batches of a candidate under way at once
 * @property {number} maxUncommitted events a candidate may have acked and not committed, as a recorder's memory is bounded
 */
/** @typedef {{ acked: number[], ackMs: number[] }} Tally events acked by candidate, and how long some acks took */

/** @type {number[]} */
let acked = []
/** @type {number[]} */
let ackMs = []
let isStopped = false
let underWay = 0

process.on('message', (/** @type {any} */ message) => {
  if (message.plan) start(message.plan).then(() => process.send?.({ isReady: true }))
  if (message.isTally) {
    process.send?.({ acked, ackMs, underWay })
    ackMs = []
  }
  if (message.isStop) isStopped = true
  if (message.isEnd) process.exit(0)
})

async function start(/** @type {Plan} */ plan) {
  acked = plan.candidates.map(() => 0)
  for (let i = 0; i < plan.candidates.length; i += 20) {
    const some = plan.candidates.slice(i, i + 20)
    await Promise.all(
      some.map((_, k) => (plan.kind === 'http' ? poster(plan, i + k) : streamer(plan, i + k))),
    )
  }
}

/** One candidate over a socket. */
async function streamer(/** @type {Plan} */ plan, /** @type {number} */ index) {
  const { url, kind, candidates, batches, inFlight, maxUncommitted } = plan
  const { token, sourceId } = candidates[index] ?? {}
  const socket = io(kind === 'recorder' ? `${url}/candidate` : url, {
    auth: { token, sourceId, protocol: 1 },
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
  })
  await new Promise((resolve, reject) => {
    socket.once(kind === 'recorder' ? 'welcome' : 'connect', resolve)
    socket.once('connect_error', reject)
  })
  let nextSeq = 1
  let committedSeq = 0
  let waiting = 0
  let isHeld = false
  let at = index
  const fill = () => {
    while (!isStopped && !isHeld && waiting < inFlight && nextSeq - 1 - committedSeq < maxUncommitted) {
      const events = batches[at++ % batches.length] ?? []
      const timestamp = Date.now()
      for (const event of events) Object.assign(event, { timestamp })
      const sentMs = performance.now()
      waiting++
      underWay++
      socket.emit('batch', { firstSeq: nextSeq, events }, (/** @type {any} */ answer) => {
        waiting--
        underWay--
        if (Math.random() < 0.02) ackMs.push(performance.now() - sentMs)
        if (kind === 'recorder') {
          if (!answer.ok) throw new Error(`A batch was refused: ${answer.code}.`)
          committedSeq = answer.committedSeq
          if (answer.rejected) throw new Error('Events were rejected.')
          if (answer.retryAfterMs) hold(answer.retryAfterMs)
        } else committedSeq = nextSeq
        acked[index] = (acked[index] ?? 0) + events.length
        fill()
      })
      nextSeq += events.length
    }
    // Nothing under way brings news of commits: it is asked for, as recorders do.
    if (!isStopped && waiting === 0 && !isHeld) hold(ASK_AFTER_MS)
  }
  const hold = (/** @type {number} */ ms) => {
    isHeld = true
    setTimeout(() => {
      isHeld = false
      if (kind !== 'recorder') return fill()
      socket.emit('watermark', (/** @type {any} */ answer) => {
        committedSeq = answer.committedSeq
        fill()
      })
    }, ms)
  }
  fill()
}

const ASK_AFTER_MS = 100

const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY })

/** One candidate who posts each event by itself, one after another. */
async function poster(/** @type {Plan} */ plan, /** @type {number} */ index) {
  const events = plan.batches.flat()
  const { sessionId } = plan.candidates[index] ?? {}
  let at = index
  const next = () => {
    if (isStopped) return
    const event = events[at++ % events.length]
    const sentMs = performance.now()
    underWay++
    const post = request(
      `${plan.url}/events`,
      { method: 'POST', agent, headers: { 'content-type': 'application/json' } },
      (response) => {
        response.resume()
        response.on('end', () => {
          underWay--
          acked[index] = (acked[index] ?? 0) + 1
          if (Math.random() < 0.02) ackMs.push(performance.now() - sentMs)
          next()
        })
      },
    )
    post.on('error', (error) => {
      throw error
    })
    post.end(JSON.stringify({ sessionId, ...event, timestamp: Date.now() }))
  }
  next()
}
