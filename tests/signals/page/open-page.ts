import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core'
import { build, type Rolldown } from 'vite'
import { openBrowser } from '../../support/browser.js'

export interface TestSite extends AsyncDisposable {
  readonly browser: Browser
  readonly origin: string
  /** A page that has run one of the scripts of this folder, in a context of its own. */
  open(script: string, options?: OpenOptions): Promise<OpenedPage>
}

export interface OpenOptions {
  html?: string
  contentSecurityPolicy?: string
  context?: Parameters<Browser['newContext']>[0]
  query?: Record<string, string>
}

export interface OpenedPage extends AsyncDisposable {
  page: Page
  context: BrowserContext
  cdp: CDPSession
  /** What no adapter ever does: faults, console errors, breaches of the policy. */
  misdeeds: string[]
}

const FOLDER = fileURLToPath(new URL('.', import.meta.url))

/** Bundles scripts of this folder, serves them on loopback, where the clipboard may be used, and starts a browser. */
export async function openSite(scripts: readonly string[]): Promise<TestSite> {
  const files = await bundled(scripts)
  const pages = new Map<string, { html: string; policy: string | undefined }>()
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://page').pathname.slice(1)
    const page = pages.get(path)
    const code = files.get(path)
    if (page !== undefined) {
      const policy = page.policy === undefined ? {} : { 'content-security-policy': page.policy }
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', ...policy }).end(page.html)
    } else if (code !== undefined) {
      response.writeHead(200, { 'content-type': 'text/javascript; charset=utf-8' }).end(code)
    } else response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const browser = await openBrowser()
  let count = 0
  return {
    browser,
    origin,
    open: async (script, options = {}) => {
      const name = `page-${++count}`
      pages.set(name, { html: htmlOf(script, options.html), policy: options.contentSecurityPolicy })
      const context = await browser.newContext({ viewport: { width: 900, height: 600 }, ...options.context })
      await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin })
      const page = await context.newPage()
      const misdeeds = misdeedsOf(page)
      await page.goto(`${origin}/${name}?${new URLSearchParams(options.query)}`)
      await page.waitForFunction(() => document.documentElement.dataset.ready === 'yes')
      const cdp = await context.newCDPSession(page)
      return { page, context, cdp, misdeeds, [Symbol.asyncDispose]: () => context.close() }
    },
    [Symbol.asyncDispose]: async () => {
      await browser.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function misdeedsOf(page: Page): string[] {
  const misdeeds: string[] = []
  page.on('pageerror', (error) => misdeeds.push(`fault: ${error.message}`))
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) misdeeds.push(`${message.type()}: ${message.text()}`)
  })
  return misdeeds
}

/** A script says by `document.documentElement.dataset.ready` that it has run. */
const htmlOf = (script: string, body = ''): string => `<!doctype html>
<html lang="en-GB">
<meta charset="utf-8" />
<title>${script}</title>
<link rel="icon" href="data:," />
<body>${body}</body>
<script type="module" src="/${script}.js"></script>
</html>
`

async function bundled(scripts: readonly string[]): Promise<Map<string, string>> {
  const made = (await build({
    configFile: false,
    logLevel: 'error',
    root: FOLDER,
    // React says what it thinks of a page only in development.
    mode: 'development',
    define: { 'process.env.NODE_ENV': '"development"' },
    build: {
      write: false,
      minify: false,
      target: 'es2022',
      modulePreload: false,
      rolldownOptions: {
        input: Object.fromEntries(scripts.map((script) => [script, `${FOLDER}${script}.ts`])),
        output: { entryFileNames: '[name].js', chunkFileNames: 'chunk-[hash].js' },
      },
    },
  })) as Rolldown.RolldownOutput
  return new Map(made.output.flatMap((one) => (one.type === 'chunk' ? [[one.fileName, one.code]] : [])))
}
