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
  /** Runs in each page before its own scripts. */
  initScript?: (() => void) | undefined
}

/** So long Chromium may keep in memory what a page puts into localStorage, all that a page that is going has time for. */
const STORAGE_DELAY_MS = 15_000

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
      await this.#page.reload()
      this.#load = await loadOf(this.#page, this.request.oracle)
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

  /**
   * The page's process dies, as by a crash, or by the browser that wants its memory for others.
   *
   * @param before what happens before the candidate opens it again
   */
  crashTab(before: () => Promise<void> = async () => {}): Promise<void> {
    return this.#exclusive(async () => {
      const page = this.#page
      const session = await page.context().newCDPSession(page)
      const crashed = new Promise((resolve) => page.once('crash', resolve))
      this.#ends('killed', 'tab-crash')
      session.send('Page.crash').catch(() => {})
      await crashed
      await page.close()
      await before()
      await this.#openTab()
    })
  }

  /** The page was left for another address: the interview is opened again. */
  openAgain(): Promise<void> {
    return this.#exclusive(() => this.#openTab())
  }

  /** kill -9 of the whole browser, which is then started again on the same profile. */
  killBrowser(): Promise<void> {
    return this.#exclusive(async () => {
      this.#ends('killed', 'browser-kill')
      for (const { end } of this.request.oracle.loads) {
        if (end?.how === 'left' && Date.now() - end.atMs < STORAGE_DELAY_MS) end.wasCutShort = true
      }
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

  /**
   * Whether the service knows all times: of a page that was never connected nobody can tell what its clock was when it is set before
   * that, and so of what such a page has left.
   */
  async isClockKnown(): Promise<boolean> {
    try {
      const state = await this.#page.evaluate(() => globalThis.interview?.recorder.status.state)
      const onDisk = await this.#page.evaluate(() => globalThis.interview?.onDisk())
      const left = Object.entries(onDisk ?? {}).filter(
        ([id, entries]) => id !== this.#load.sourceId && entries,
      )
      return state === 'recording' && left.length === 0
    } catch {
      return false
    }
  }

  /** Somebody sets the computer's clock; `performance.now()` goes on as before. */
  jumpClock(byMs: number): Promise<void> {
    return this.#exclusive(async () => {
      await this.setClockOfNextLoad(this.#clockShiftMs + byMs)
      await this.#page.evaluate(clockScript(this.#clockShiftMs, 'later'))
    })
  }

  /** So far off is the computer's clock when the page is loaded next. */
  async setClockOfNextLoad(shiftMs: number): Promise<void> {
    this.#clockShiftMs = shiftMs
    await this.context.addInitScript({ content: clockScript(shiftMs, 'while-loading') })
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

async function prepared(
  { profile, initScript }: CandidateRequest,
  clockShiftMs: number,
): Promise<OwnChromium> {
  const chromium = await startChromium(profile)
  await chromium.context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await chromium.context.addInitScript({ content: clockScript(clockShiftMs, 'while-loading') })
  if (initScript) await chromium.context.addInitScript(initScript)
  return chromium
}

async function openTab({ oracle, address }: CandidateRequest, { context }: OwnChromium) {
  const page = await context.newPage()
  await page.goto(address)
  return { page, load: await loadOf(page, oracle) }
}

/** The load that this page is, once it can be typed into. */
export async function loadOf(page: Page, { loads }: Oracle): Promise<PageLoad> {
  await page.waitForFunction(() => globalThis.interview !== undefined)
  const sourceId = await page.evaluate(() => globalThis.interview?.recorder.sourceId)
  return waitFor('the page to tell of itself', () => loads.find((load) => load.sourceId === sourceId))
}

/** Runs in the page. */
function sayOnline(isOnline: boolean): void {
  Object.defineProperty(navigator, 'onLine', { get: () => isOnline, configurable: true })
  dispatchEvent(new Event(isOnline ? 'online' : 'offline'))
}
