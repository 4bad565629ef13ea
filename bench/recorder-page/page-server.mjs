import { once } from 'node:events'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { build } from 'esbuild'
import { ROOT } from '../support/root.mjs'

const HTML = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Interview</title><style>
body { margin: 0; font: 14px/1.5 sans-serif; display: grid; grid-template-columns: 320px 1fr; height: 100vh }
main { display: grid; grid-template-rows: 1fr 180px; min-height: 0 }
aside { padding: 16px; background: #f4f4f6 } pre { margin: 0; padding: 8px; background: #111; color: #ddd }
#editor, .cm-editor { height: 100%; min-height: 0; overflow: hidden } .cm-scroller { overflow: auto }
</style></head><body><aside><h1>Counter</h1><p>Write a component that counts, and make it pause when its tab is hidden.</p>
<ul><li>The count survives a reload.</li><li>It is read out to screen readers.</li></ul><button>Run tests</button>
<button>Submit</button></aside><main><div id="editor"></div><pre>~/interview $ </pre></main>
<script type="module" src="/instrument.js"></script><script type="module" src="/page.js"></script></body></html>`

/**
 * The bundles of the page, readable, so that a profile names functions.
 * @returns {Promise<Map<string, string>>} by path
 */
export async function bundlePage() {
  const here = join(ROOT, 'bench/recorder-page')
  const { outputFiles } = await build({
    entryPoints: { instrument: join(here, 'instrument.mjs'), page: join(here, 'page.mjs') },
    outdir: '/',
    bundle: true,
    format: 'esm',
    splitting: true,
    write: false,
    target: 'es2022',
    // An await can't be timed, the then() that it stands for can: the same for every recorder.
    supported: { 'async-await': false },
    define: { 'process.env.NODE_ENV': '"production"' },
    alias: { '@interviewlm/recorder-sdk': join(ROOT, 'client-sdk/src') },
    logLevel: 'error',
  })
  return new Map(outputFiles.map(({ path, text }) => [path, text]))
}

/**
 * Serves the page on loopback, isolated from other origins: only then does its clock tick in steps of 5 µs, not 100.
 * Takes what rrweb sends.
 * @param {{ bundles: Map<string, string>, recording: import('./recording.mjs').Recording }} request
 */
export async function startPageServer({ bundles, recording }) {
  const recordingJson = JSON.stringify(recording)
  /** @type {string[]} */
  let posted = []
  const server = createServer(async (request, response) => {
    response.setHeader('cross-origin-opener-policy', 'same-origin')
    response.setHeader('cross-origin-embedder-policy', 'require-corp')
    response.setHeader('cache-control', 'no-store')
    const path = request.url ?? '/'
    if (request.method === 'POST' && path === '/rrweb') {
      const chunks = []
      for await (const chunk of request) chunks.push(chunk)
      posted.push(Buffer.concat(chunks).toString())
      response.writeHead(204).end()
    } else if (path === '/') response.setHeader('content-type', 'text/html').end(HTML)
    else if (path === '/recording.json')
      response.setHeader('content-type', 'application/json').end(recordingJson)
    else if (bundles.has(path)) response.setHeader('content-type', 'text/javascript').end(bundles.get(path))
    else response.writeHead(path === '/favicon.ico' ? 204 : 404).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  return {
    url: `http://127.0.0.1:${port}/`,
    /** The bodies of rrweb's posts since the last call. */
    takePosted: () => {
      const taken = posted
      posted = []
      return taken
    },
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
