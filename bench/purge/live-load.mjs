import { newCandidates, openCandidate } from '../support/candidates.mjs'
import { percentile } from '../support/numbers.mjs'

const LOOK_EVERY_MS = 200

/**
 * Candidates who record all the time, each at the same pace, whatever else goes on.
 * @param {Awaited<ReturnType<typeof import('../support/product.mjs').startProduct>>} product
 * @param {import('postgres').Sql} sql
 * @param {object[][]} batches
 * @param {{ candidates: number, everyMs: number }} pace
 */
export async function startLive(product, sql, batches, { candidates: count, everyMs }) {
  const candidates = await newCandidates(product, count)
  const ids = candidates.map(({ sessionId }) => sessionId)
  /** @type {number[]} */
  let ackMs = []
  let longestGapMs = 0
  let underWay = 0
  const acked = new Map(ids.map((id) => [id, 0]))
  const sockets = await Promise.all(
    candidates.map((candidate) => openCandidate({ url: product.url, isBare: false, candidate })),
  )
  let turn = 0
  const senders = setInterval(() => {
    const [i, events] = [turn % count, batches[turn % batches.length] ?? []]
    turn++
    underWay++
    sockets[i]?.send(structuredClone(events), (tookMs) => {
      underWay--
      ackMs.push(tookMs)
      const id = ids[i] ?? ''
      acked.set(id, (acked.get(id) ?? 0) + events.length)
    })
  }, everyMs / count)

  /** When each session was last seen with more events than before. */
  const seen = new Map(ids.map((id) => [id, { events: 0, atMs: performance.now() }]))
  let isLooking = false
  const looks = setInterval(async () => {
    if (isLooking) return
    isLooking = true
    const rows =
      await sql`select id, event_count::int as events from session_recordings where id = any(${ids}::uuid[])`
    const nowMs = performance.now()
    for (const { id, events } of rows) {
      const last = seen.get(id)
      if (last === undefined) continue
      longestGapMs = Math.max(longestGapMs, nowMs - last.atMs)
      if (events > last.events) seen.set(id, { events, atMs: nowMs })
    }
    isLooking = false
  }, LOOK_EVERY_MS)

  return {
    /** Of the time since this was asked last: how long acks took, and the longest time without a commit of some session. */
    tally: () => {
      const told = {
        acks: ackMs.length,
        ackP50Ms: percentile(ackMs, 0.5),
        ackP99Ms: percentile(ackMs, 0.99),
        longestGapMs,
      }
      ackMs = []
      longestGapMs = 0
      return told
    },
    /** Ends it. @returns {Promise<Map<string, number>>} acked events by session, all of them committed */
    stop: async () => {
      clearInterval(senders)
      const deadlineMs = Date.now() + 60_000
      const isDone = async () => {
        const rows =
          await sql`select id, event_count::int as events from session_recordings where id = any(${ids}::uuid[])`
        return underWay === 0 && rows.every(({ id, events }) => events >= (acked.get(id) ?? 0))
      }
      while (!(await isDone())) {
        if (Date.now() > deadlineMs) throw new Error('What was recorded meanwhile was not committed in time.')
        await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
      }
      clearInterval(looks)
      for (const socket of sockets) socket.close()
      return acked
    },
  }
}
