import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, CDPSession, Page } from 'playwright-core'
import { build } from 'vite'
import { openBrowser } from '../../support/browser.js'

export type EditorName = 'codemirror' | 'monaco'

export interface EditorSite extends AsyncDisposable {
  /** A page with the editor, in a context of its own. */
  open(): Promise<OpenedEditor>
}

export interface OpenedEditor extends AsyncDisposable {
  page: Page
  cdp: CDPSession
  /** What no adapter ever does: faults, console errors. */
  misdeeds: string[]
}

const PAGES = fileURLToPath(new URL('.', import.meta.url))

/** Bundles the editor's page, serves it on loopback, where the clipboard may be used, and starts a browser. */
export async function serveEditor(editor: EditorName): Promise<EditorSite> {
  const folder = await mkdtemp(join(tmpdir(), 'editor-page-'))
  await build({
    configFile: false,
    logLevel: 'error',
    root: PAGES,
    build: {
      outDir: folder,
      minify: false,
      target: 'es2022',
      cssCodeSplit: false,
      rollupOptions: {
        input: join(PAGES, `${editor}.ts`),
        output: { entryFileNames: 'page.js', assetFileNames: '[name][extname]' },
      },
    },
  })
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? '/', 'http://page').pathname
    const body = path === '/' ? PAGE : await readFile(join(folder, path)).catch(() => null)
    const type = path === '/' ? 'text/html' : path.endsWith('.js') ? 'text/javascript' : 'text/css'
    response.writeHead(body === null ? 404 : 200, { 'content-type': `${type}; charset=utf-8` }).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const browser = await openBrowser()
  return {
    open: () => openEditor(browser, origin),
    [Symbol.asyncDispose]: async () => {
      await browser.close()
      server.closeAllConnections()
      server.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const PAGE = `<!doctype html>
<meta charset="utf-8" />
<title>Editor</title>
<link rel="icon" href="data:," />
<link rel="stylesheet" href="/style.css" />
<style>.cm-editor { height: 400px; font-size: 14px }</style>
<body><p id="task">Reverse the words of a sentence.</p></body>
<script type="module" src="/page.js"></script>
`

async function openEditor(browser: Browser, origin: string): Promise<OpenedEditor> {
  const context = await browser.newContext({ viewport: { width: 1000, height: 700 } })
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin })
  const page = await context.newPage()
  const misdeeds: string[] = []
  page.on('pageerror', (error) => misdeeds.push(`fault: ${error.message}`))
  page.on('console', (message) => {
    if (message.type() === 'error' && !/404/.test(message.text())) misdeeds.push(`console: ${message.text()}`)
  })
  await page.goto(origin)
  await page.waitForFunction(() => globalThis.editorPage !== undefined)
  const cdp = await context.newCDPSession(page)
  return { page, cdp, misdeeds, [Symbol.asyncDispose]: () => context.close() }
}
