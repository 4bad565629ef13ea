import type { Page } from 'playwright-core'
import { waitFor } from '../../support/wait-for.js'
import type { InterviewPage } from '../page/interview.js'
import { type OwnChromium, startChromium } from './chromium.js'
import { clockScript } from './clock-script.js'
import type { Oracle, PageEnd, PageLoad } from './oracle.js'

declare global {
  var interview: InterviewPage | undefined
}

export interface CandidateRequest {
  address: string
  /** Folder of the browser's profile. */
  profile: string
  oracle: Oracle
}

/**
 * One candidate at one computer: a browser with the interview in a tab, and what may befall both. Whatever befalls the tab, it is
 * open again when the call returns, as a candidate would open it again.
 */
export class Candidate {
  #chromium: OwnChromium
  #page: Page
  #load: PageLoad
  /** Pages die, one after another: what is asked for meanwhile waits. */
  #turn: Promise<unknown> = Promise.resolve()
  #clockShiftMs = 0

  private constructor(
    readonly request: CandidateRequest,
    opened: { chromium: OwnChromium; page: Page; load: PageLoad },
  ) {
    this.#chromium = opened.chromium
    this.#page = opened.page
    this.#load = opened.load
  }

  static async open(request: CandidateRequest): Promise<Candidate> {
    const chromium = await prepared(request, 0)
    return new Candidate(request, { chromium, ...(await openTab(request, chromium)) })
  }

  get page(): Page {
    return this.#page
  }

  /** The living load of the page. */
  get load(): PageLoad {
    return this.#load
  }

  get context() {
    return this.#chromium.context
  }

  /** Resolves when the page is there to be typed into. */
  async whenThere(): Promise<void> {
    for (let turn: unknown = null; turn !== this.#turn; ) {
      turn = this.#turn
      await this.#turn
    }
  }

  reload(): Promise<void> {
    return this.#exclusive(async () => {
      this.#ends('left', 'reload')
      const loaded = nextLoad(this.request.oracle)
      await this.#page.reload()
      this.#load = await ready(this.#page, loaded)
    })
  }

  /** The tab is closed, and opened again. */
  closeTab(): Promise<void> {
    return this.#exclusive(async () => {
      this.#ends('left', 'tab-close')
      await this.#page.close()
      await this.#openTab()
    })
  }

  /** The page's process dies, as by a crash, or by the browser that wants its memory for others. */
  crashTab(): Promise<void> {
    return this.#exclusive(async () => {
      const page = this.#page
      const session = await page.context().newCDPSession(page)
      const crashed = new Promise((resolve) => page.once('crash', resolve))
      this.#ends('killed', 'tab-crash')
      session.send('Page.crash').catch(() => {})
      await crashed
      await page.close()
      await this.#openTab()
    })
  }

  /** kill -9 of the whole browser, which is then started again on the same profile. */
  killBrowser(): Promise<void> {
    return this.#exclusive(async () => {
      this.#ends('killed', 'browser-kill')
      await this.#chromium.kill()
      this.#chromium = await prepared(this.request, this.#clockShiftMs)
      await this.#openTab()
    })
  }

  /** The computer sleeps, the service does not. */
  sleep(ms: number): Promise<void> {
    return this.#exclusive(() => this.#chromium.sleep(ms))
  }

  /** The page is busy with something else and answers nobody. */
  hang(ms: number): Promise<void> {
    return this.#exclusive(() =>
      this.#page.evaluate((hangMs) => {
        const untilMs = performance.now() + hangMs
        while (performance.now() < untilMs);
      }, ms),
    )
  }

  /**
   * The browser says whether it is online. Cutting it off for good would cut off what the page tells the test too: the link to the
   * service is the one to be cut.
   */
  async saysOnline(isOnline: boolean): Promise<void> {
    // A page that dies at this moment has nothing to be told.
    await this.#page.evaluate(sayOnline, isOnline).catch(() => {})
  }

  /** Somebody sets the computer's clock; `performance.now()` goes on as before. */
  jumpClock(byMs: number): Promise<void> {
    return this.#exclusive(async () => {
      this.#clockShiftMs += byMs
      await this.context.addInitScript({ content: clockScript(this.#clockShiftMs, 'while-loading') })
      await this.#page.evaluate(clockScript(this.#clockShiftMs, 'later'))
    })
  }

  /** The interview in a second tab, where something is typed before it is closed. */
  secondTab(typeInto: (page: Page) => Promise<void>): Promise<void> {
    return this.#exclusive(async () => {
      const { page, load } = await openTab(this.request, this.#chromium)
      await typeInto(page)
      load.end = { how: 'left', why: 'second-tab', atMs: Date.now() }
      await page.close()
      await this.#page.bringToFront()
    })
  }

  async quit(): Promise<void> {
    await this.whenThere()
    await this.#chromium.kill()
  }

  async #openTab(): Promise<void> {
    const { page, load } = await openTab(this.request, this.#chromium)
    this.#page = page
    this.#load = load
  }

  #ends(how: PageEnd['how'], why: string): void {
    this.#load.end = { how, why, atMs: Date.now() }
  }

  #exclusive<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(act)
    this.#turn = done.catch(() => {})
    return done
  }
}

async function prepared({ profile }: CandidateRequest, clockShiftMs: number): Promise<OwnChromium> {
  const chromium = await startChromium(profile)
  await chromium.context.addInitScript({ content: clockScript(clockShiftMs, 'while-loading') })
  return chromium
}

async function openTab({ oracle, address }: CandidateRequest, { context }: OwnChromium) {
  const loaded = nextLoad(oracle)
  const page = await context.newPage()
  await page.goto(address)
  return { page, load: await ready(page, loaded) }
}

/** The load that comes next. Pages are opened one at a time. */
function nextLoad({ loads }: Oracle): () => PageLoad | undefined {
  const known = loads.length
  return () => loads[known]
}

async function ready(page: Page, loaded: () => PageLoad | undefined): Promise<PageLoad> {
  await page.waitForFunction(() => globalThis.interview !== undefined)
  return waitFor('the page to tell of itself', loaded)
}

/** Runs in the page. */
function sayOnline(isOnline: boolean): void {
  Object.defineProperty(navigator, 'onLine', { get: () => isOnline, configurable: true })
  dispatchEvent(new Event(isOnline ? 'online' : 'offline'))
}
