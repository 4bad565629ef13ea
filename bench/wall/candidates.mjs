import { randomBytes } from 'node:crypto'
import { io } from 'socket.io-client'

const LANGUAGES = /** @type {const} */ ([
  ['typescript', 'src/answer.ts', 'export function answer(n: number) {\n  return n + 1 // next\n}\n'],
  ['python', 'answer.py', 'def answer(n):\n    return n + 1  # next\n'],
  ['go', 'answer.go', 'func answer(n int) int {\n\treturn n + 1 // next\n}\n'],
])
/** A candidate's tab gathers for so long too. */
const SEND_EVERY_MS = 200

/**
 * Candidates who type at a steady pace, each over a connection of its own, as tabs have it. They are kept simple: what
 * they cost would be measured with the wall.
 * @param {{ url: string, createSession: (more: object) => Promise<{ id: string, candidateToken: string }> }} product
 * @param {{ sessions: number, rate: number }} plan events a second of each session
 */
export async function startCandidates(product, { sessions, rate }) {
  /** @type {import('socket.io-client').Socket[]} */
  const sockets = []
  let sent = 0
  let isPaused = false
  const typists = []
  for (let i = 0; i < sessions; i += 20) {
    const some = Array.from({ length: Math.min(20, sessions - i) }, (_, k) => open(i + k))
    typists.push(...(await Promise.all(some)))
  }
  let turn = 0
  const timer = setInterval(() => {
    if (isPaused) return
    // Each has its turn in one of the ticks of a second, so that they don't all type at once.
    for (const typist of typists) sent += typist(turn, rate)
    turn += 1
  }, SEND_EVERY_MS)

  /** @returns {Promise<(turn: number, rate: number) => number>} */
  async function open(/** @type {number} */ index) {
    const [language, filePath, content] = LANGUAGES[index % 3] ?? LANGUAGES[0]
    const session = await product.createSession({
      candidateId: `candidate ${index} ${randomBytes(4).toString('hex')}`,
      question: { title: ['Two Sum II', 'LRU cache', 'Rate limiter'][index % 3], language },
      timeLimit: 3600 + index,
    })
    const socket = io(`${product.url}/candidate`, {
      auth: { token: session.candidateToken, sourceId: randomBytes(8).toString('hex'), protocol: 1 },
      transports: ['websocket'],
      forceNew: true,
    })
    sockets.push(socket)
    await new Promise((resolve, reject) => {
      socket.once('welcome', resolve)
      socket.once('connect_error', reject)
    })
    let seq = 1
    let length = content.length
    const batch = (/** @type {object[]} */ events) => {
      const timestamp = Date.now()
      socket.emit(
        'batch',
        { firstSeq: seq, events: events.map((event) => ({ timestamp, ...event })) },
        () => {},
      )
      seq += events.length
      return events.length
    }
    batch([{ type: 'session_start', data: { language, files: [{ filePath, content }] } }])
    const typed = `\n${content}`
    const edit = () => {
      const char = typed[seq % typed.length] ?? 'x'
      const at = length
      length += 1
      const selection = { anchor: length, head: length }
      return {
        type: 'code_edit',
        fileId: filePath,
        data: { changes: [[at, 0, char]], selection, origin: 'typed' },
      }
    }
    return (turn, rate) => {
      const ticks = 1000 / SEND_EVERY_MS
      const due = Math.floor(((turn + 1) * rate) / ticks) - Math.floor((turn * rate) / ticks)
      if (due === 0) return 0
      const events = Array.from({ length: due }, edit)
      // Every so often somebody runs the tests.
      if ((turn + index * 7) % 150 === 0)
        return batch([
          ...events,
          { type: 'terminal_input', data: { command: 'npm test' } },
          { type: 'test_run_start', data: {} },
          { type: 'test_result', data: { testName: 'a', passed: true } },
          { type: 'test_result', data: { testName: 'b', passed: turn % 2 === 0 } },
        ])
      return batch(events)
    }
  }

  return {
    sent: () => sent,
    pause: () => {
      isPaused = true
    },
    go: () => {
      isPaused = false
    },
    stop: async () => {
      clearInterval(timer)
      for (const socket of sockets) socket.close()
    },
  }
}
