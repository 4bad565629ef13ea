import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

export interface PlainBrowser extends AsyncDisposable {
  browser: Browser
}

/**
 * Headless Chromium as users have it: one window with tabs, of which only the one in front is visible. A browser that
 * the test library starts tells each page that it is visible and has the focus.
 */
export async function openPlainBrowser(): Promise<PlainBrowser> {
  const { CHROMIUM_WITH_TABS_PATH: path } = process.env
  if (!path) throw new Error('CHROMIUM_WITH_TABS_PATH is not set: run the tests through `npm test`.')
  const profile = await mkdtemp(join(tmpdir(), 'plain-browser-'))
  const args = [
    '--headless=new',
    '--no-sandbox',
    '--disable-gpu',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--remote-debugging-port=0',
    `--user-data-dir=${profile}`,
    'about:blank',
  ]
  const child = spawn(path, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const exited = once(child, 'exit')
  let said = ''
  const address = await new Promise<string>((resolve, reject) => {
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      const listening = /DevTools listening on (ws:\S+)/.exec(said)
      if (listening?.[1]) resolve(listening[1])
    })
    child.once('exit', () => reject(new Error(`Chromium did not start:\n${said}`)))
  })
  const browser = await chromium.connectOverCDP(address, { noDefaults: true })
  return {
    browser,
    [Symbol.asyncDispose]: async () => {
      await browser.close()
      child.kill()
      await exited
      await rm(profile, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
