import { mixedEvents } from '../mixed-events.mjs'

const BATCH_EVENTS = 500
const EVERY_MS = 70

/**
 * A live session of so many mixed events, all committed but for the last `held`, which `rest` sends.
 * @param {Awaited<ReturnType<typeof import('./product.mjs').startProduct>>} product
 * @param {number} count
 * @param {(text: string) => void} say
 * @param {number} [held]
 * @returns {Promise<{ id: string, candidateToken: string, startMs: number, jsonBytes: number, rest: () => Promise<void>, more: (events: number) => Promise<void> }>}
 */
export async function longSession(product, count, say, held = 0) {
  const session = await product.createSession()
  const startMs = Date.now() - count * EVERY_MS
  const events = mixedEvents(count, startMs)
  let nextSeq = 1
  const send = async (/** @type {object[]} */ some, /** @type {boolean} */ isLast) => {
    const body = { source: 'bench', firstSeq: nextSeq, events: some }
    await product.call('POST', `/sessions/${session.id}/events${isLast ? '?wait=committed' : ''}`, body)
    nextSeq += some.length
  }
  const sendBetween = async (/** @type {number} */ first, /** @type {number} */ end) => {
    for (let i = first; i < end; i += BATCH_EVENTS) {
      say(`recording: ${i} of ${count} events`)
      await send(events.slice(i, Math.min(i + BATCH_EVENTS, end)), i + BATCH_EVENTS >= end)
    }
  }
  await sendBetween(0, count - held)
  return {
    ...session,
    startMs,
    jsonBytes: Buffer.byteLength(JSON.stringify(events)),
    rest: () => sendBetween(count - held, count),
    /** Some more of what a terminal prints, committed. */
    more: (/** @type {number} */ n) =>
      send(
        Array.from({ length: n }, (_, i) => ({
          type: 'terminal_stream',
          timestamp: Date.now(),
          data: { channel: 'o', data: `${i}\r\n` },
        })),
        true,
      ),
  }
}
