import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { recordedInterview } from '../../scripts/simulate/recorded-interview.js'
import { bringAxe } from './accessibility.js'
import { openBrowser, openPage, type WatchedPage } from './browser.js'
import type { ProductProcess } from './process.js'
import { aRecordedSession, type RecordedSession } from './recorded-session.js'
import { makeWorld, type World } from './world.js'

// A whole interview as somebody took it in the demo tab; the others are the same one, ended earlier and earlier.
const INTERVIEW = fileURLToPath(
  new URL('../../scripts/simulate/samples/demo-interview.ndjson.gz', import.meta.url),
)
const ENDED_EARLY = [0.9, 0.75, 0.6, 0.45, 0.3]
export const QUESTION = { id: 'free-slots', title: 'Free slots', language: 'javascript' }
/** How many interviews of {@link QUESTION} there are; of another question there is one more. */
export const INTERVIEW_COUNT = ENDED_EARLY.length + 1

/** A product with closed interviews whose statistics are there to be compared. */
export class AnalysedInterviews implements AsyncDisposable {
  private constructor(
    readonly world: World,
    readonly server: ProductProcess,
    private readonly browser: Browser,
    /** The one that was not ended early. */
    readonly whole: RecordedSession,
  ) {}

  static async record(): Promise<AnalysedInterviews> {
    const world = await makeWorld()
    const [server] = await Promise.all([world.startServer(), world.startWorker()])
    const browser = await openBrowser()
    const whole = await recorded(world, server, 1, QUESTION)
    await Promise.all(ENDED_EARLY.map((share) => recorded(world, server, share, QUESTION)))
    await recorded(world, server, 0.5, 'Another question')
    return new AnalysedInterviews(world, server, browser, whole)
  }

  /** A page of the console for a proctor of all sessions. */
  async open(path: string, options: Parameters<Browser['newContext']>[0] = {}): Promise<WatchedPage> {
    const { server, world } = this
    const opened = await openPage(this.browser, server.url, options)
    await bringAxe(opened.context)
    await opened.page.goto(`${server.url}${path}#token=${await world.token('proctor', '*', 'Pia')}`)
    return opened
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser.close()
    await this.world[Symbol.asyncDispose]()
  }
}

/** The interview up to a share of its time, closed and analysed. */
async function recorded(
  world: World,
  server: ProductProcess,
  share: number,
  question: unknown,
): Promise<RecordedSession> {
  const { events, durationMs } = recordedInterview(INTERVIEW)
  const startMs = Date.now() - durationMs
  const session = await aRecordedSession(world, server, { question })
  const taken = events.filter(({ offsetMs }) => offsetMs <= durationMs * share)
  await session.send(
    'tab',
    taken.map(({ offsetMs, ...event }) => ({ ...event, timestamp: startMs + offsetMs })),
    'committed',
  )
  await session.close()
  await session.get('/stats')
  return session
}

/** What a page of the analysis says first. */
export const summaryOf = (page: Page): Promise<string | null> => page.locator('.summary-text').textContent()
