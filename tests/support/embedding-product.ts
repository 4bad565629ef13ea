import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import type { SessionPlayerElement } from '../../web/player-package/session-player.js'
import { openBrowser } from './browser.js'
import { ROOT } from './documents.js'
import { aRecordedInterview, expectPanesAsState } from './player-page.js'
import type { ProductProcess } from './process.js'
import type { RecordedSession } from './recorded-session.js'
import { type StaticHost, staticHost } from './static-host.js'
import { makeWorld, type World } from './world.js'

export const TAG = 'interviewlm-session-player'
/** All that a page needs to allow for a player from its own host; no page of the tests allows more. */
export const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; base-uri 'none'"

/** A product with an archived interview, a folder for exported players, and a host of pages that embed them. */
export class EmbeddingProduct implements AsyncDisposable {
  private constructor(
    readonly world: World,
    readonly server: ProductProcess,
    readonly browser: Browser,
    /** What is shown. */
    readonly interview: RecordedSession,
    /** Of its first event, epoch ms. */
    readonly startMs: number,
    /** Where the interview is exported to, by {@link exportInterview}. */
    readonly folder: string,
    /** The pages that embed what a service or a host elsewhere has. */
    readonly embedding: StaticHost,
  ) {}

  static async start(): Promise<EmbeddingProduct> {
    const world = await makeWorld()
    const folder = join(await mkdtemp(join(tmpdir(), 'recorder-player-')), 'interview')
    const embedding = await staticHost(join(ROOT, 'dist/player'))
    const env = { ALLOWED_ORIGINS: embedding.origin }
    const [server] = await Promise.all([world.startServer(env), world.startWorker()])
    const browser = await openBrowser()
    const interview = await aRecordedInterview(world, server)
    const startMs = Math.min(...(await interview.all()).map(({ timestamp }) => timestamp))
    await interview.archived()
    return new EmbeddingProduct(world, server, browser, interview, startMs, folder, embedding)
  }

  /** Runs `npm run export:player` with these arguments. */
  async exportPlayer(...args: string[]): Promise<{ code: number; out: string; err: string }> {
    const token = await this.world.token('service')
    const env = { ...process.env, RECORDER_URL: this.server.url, RECORDER_TOKEN: token }
    return promisify(execFile)(process.execPath, ['scripts/export-player.mjs', ...args], {
      cwd: ROOT,
      env,
    }).then(
      ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
      ({ code, stdout, stderr }) => ({ code, out: stdout, err: stderr }),
    )
  }

  exportInterview() {
    return this.exportPlayer(this.interview.id, '--to', this.folder)
  }

  /** Goes to a moment of the interview, and waits until the panes show what GET /state answers for it. */
  async expectSeekAsState(page: Page, momentMs: number): Promise<void> {
    await seek(page, momentMs)
    await expectPanesAsState(page, this.interview, this.startMs + momentMs)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser.close()
    await this.embedding[Symbol.asyncDispose]()
    await rm(join(this.folder, '..'), { recursive: true, force: true })
    await this.world[Symbol.asyncDispose]()
  }
}

/** That a session has no annotations.json, and a page no icon, is told to the console by the browser itself. */
export const isFault = (misdeed: string): boolean => !misdeed.includes('status of 404')

export const waitUntilReady = (page: Page, selector = TAG) =>
  page.locator(selector).evaluate(
    (element: SessionPlayerElement) =>
      new Promise<void>((resolve, reject) => {
        if (element.durationMs > 0) resolve()
        element.addEventListener('ready', () => resolve())
        element.addEventListener('error', (event) =>
          reject(new Error(JSON.stringify((event as unknown as CustomEvent).detail))),
        )
      }),
  )

export const seek = (page: Page, moment: number | string, selector = TAG) =>
  page.locator(selector).evaluate((element: SessionPlayerElement, to) => element.seek(to), moment)

export const momentOf = (page: Page, selector = TAG): Promise<number> =>
  page.locator(selector).evaluate((element: SessionPlayerElement) => element.momentMs)

/** A page that loads the players, or another script. */
export const pageOf = (body: string, { script = '/session-player.js', head = '' } = {}) =>
  `<!doctype html><html lang="en"><head><title>A page</title>${head}<script type="module" src="${script}"></script></head><body>${body}</body></html>`
