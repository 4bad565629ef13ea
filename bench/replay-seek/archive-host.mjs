// A host of static files with byte ranges, as a process of its own: node archive-host.mjs FOLDER. It tells its port, and
// what it sent whenever it is asked.
import { fstatSync, openSync, readSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'

const folder = process.argv[2] ?? '.'
let sent = 0
let requests = 0

const TYPES = /** @type {Record<string, string>} */ ({
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.cast': 'text/plain; charset=utf-8',
})

/** @type {Map<string, { fd: number, size: number } | null>} */
const files = new Map()

/** Kept open, as hosts of static files do. */
function opened(/** @type {string} */ path) {
  const known = files.get(path)
  if (known) return known
  try {
    const fd = openSync(path, 'r')
    files.set(path, { fd, size: fstatSync(fd).size })
  } catch {
    files.set(path, null)
  }
  return files.get(path) ?? null
}

const server = createServer((request, response) => {
  const path = join(folder, normalize(decodeURIComponent(request.url ?? '/').replace(/\?.*/, '')))
  const file = opened(path)
  requests++
  if (file === null) return response.writeHead(404).end()
  const { fd, size } = file
  const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '')
  const start = range ? Number(range[1]) : 0
  const end = range ? Math.min(Number(range[2]), size - 1) : size - 1
  response.writeHead(range ? 206 : 200, {
    'content-length': end - start + 1,
    'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
    // Only in a page that is isolated from others does the clock tick in steps of 5 µs, not 100.
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-embedder-policy': 'require-corp',
  })
  const body = Buffer.allocUnsafe(end - start + 1)
  readSync(fd, body, 0, body.length, start)
  sent += body.length
  response.end(body)
})
server.listen(0, '127.0.0.1', () => process.send?.({ port: /** @type {any} */ (server.address()).port }))
process.on('message', () => {
  process.send?.({ sent, requests })
  sent = 0
  requests = 0
})
process.on('disconnect', () => process.exit())
