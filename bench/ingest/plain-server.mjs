// What platforms would write by themselves: an HTTP request for each event, kept in memory, and written with one INSERT
// of many rows at 100 events or after 10 s. What it has not written is lost when it dies.
import { createServer } from 'node:http'
import postgres from 'postgres'
import { endWithParent } from '../support/child.mjs'

const FLUSH_EVENTS = 100
const FLUSH_MS = 10_000

endWithParent()

const sql = postgres(String(process.env.DATABASE_URL), { max: 4, onnotice: () => {} })
/** @type {{ session_id: string, type: string, timestamp: Date, data: string, file_id: string | null }[]} */
let waiting = []

async function flush() {
  const rows = waiting
  waiting = []
  if (rows.length > 0) await sql`insert into plain_events ${sql(rows)}`
}
setInterval(flush, FLUSH_MS)

await sql`create table if not exists plain_events (
  id bigint generated always as identity primary key, session_id text not null, type text not null,
  timestamp timestamptz not null, data json not null, file_id text)`
await sql`create index if not exists plain_events_session on plain_events (session_id, timestamp)`

const server = createServer((request, response) => {
  /** @type {Buffer[]} */
  const pieces = []
  request.on('data', (piece) => pieces.push(piece))
  request.on('end', async () => {
    const { sessionId, type, timestamp, data, fileId } = JSON.parse(Buffer.concat(pieces).toString())
    waiting.push({
      session_id: sessionId,
      type,
      timestamp: new Date(timestamp),
      data: JSON.stringify(data),
      file_id: fileId ?? null,
    })
    if (waiting.length >= FLUSH_EVENTS) flush()
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}')
  })
})
// Asked to, it writes what it holds at once: the bench counts it then.
process.on('message', async () => {
  await flush()
  process.send?.({ isFlushed: true })
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.send?.({ port: typeof address === 'object' ? address?.port : 0 })
})
