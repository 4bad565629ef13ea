import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type Browser, type BrowserContext, chromium } from 'playwright-core'

/**
 * Headless Chromium whose process is ours, to be killed, stopped and started again on the same profile; the browser's
 * own storage is what a restart finds.
 */
export interface OwnChromium {
  readonly context: BrowserContext
  /** SIGKILL to the browser and all its processes. */
  kill(): Promise<void>
  /** The computer sleeps for so long: every process of the browser stands still, the others go on. */
  sleep(ms: number): Promise<void>
  /** As when somebody quits it: pages get to know. */
  quit(): Promise<void>
}

const START_TIMEOUT_MS = 30_000
const ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-extensions',
  '--disable-default-apps',
  '--disable-component-extensions-with-background-pages',
  '--disable-search-engine-choice-screen',
  '--disable-features=PreloadTopChromeWebUI,OptimizationHints,MediaRouter,Translate',
  '--password-store=basic',
  '--hide-crash-restore-bubble',
  '--remote-debugging-port=0',
]

export async function startChromium(profile: string): Promise<OwnChromium> {
  const { CHROMIUM_PATH } = process.env
  if (!CHROMIUM_PATH) throw new Error('CHROMIUM_PATH is not set: run the tests through `npm test`.')
  // A process group of its own, so that no child of the browser outlives a kill.
  const child = spawn(CHROMIUM_PATH, [...ARGS, `--user-data-dir=${profile}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  })
  const address = await addressOf(child)
  const browser: Browser = await chromium.connectOverCDP(address)
  const [context] = browser.contexts()
  if (context === undefined) throw new Error('The browser has no context.')
  const exited = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : null
  const signal = (name: NodeJS.Signals) => {
    if (child.pid !== undefined) process.kill(-child.pid, name)
  }
  return {
    context,
    kill: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      signal('SIGKILL')
      await exited
    },
    sleep: async (ms) => {
      signal('SIGSTOP')
      await new Promise((resolve) => setTimeout(resolve, ms))
      signal('SIGCONT')
    },
    quit: async () => {
      const session = await browser.newBrowserCDPSession()
      await session.send('Browser.close').catch(() => {})
      await exited
    },
  }
}

async function addressOf(child: ChildProcess): Promise<string> {
  let output = ''
  return new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`Chromium did not start:\n${output}`))
    }, START_TIMEOUT_MS)
    child.once('exit', (code) => reject(new Error(`Chromium exited with ${code}:\n${output}`)))
    child.stderr?.on('data', (chunk: Buffer) => {
      output += chunk.toString()
      const found = /DevTools listening on (ws:\S+)/.exec(output)
      if (!found) return
      clearTimeout(timer)
      resolve(found[1] as string)
    })
  })
}
