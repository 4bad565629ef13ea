import type { EventsPage } from '../../../client-sdk/src/index.js'
import type { SessionOverviewView } from '../../../protocol/http/index.js'
import type { KeyframeLine, RecordingIndex, RecordingSource } from '../../../replay/index.js'
import { keyframesOf } from './archive-source.js'
import { membersOf } from './gzip-members.js'

export { archiveSource } from './archive-source.js'
export { RecordingChanged } from './gzip-members.js'

const PAGE_EVENTS = 2000

/** What the service says of a session, told as recordings are. */
export interface ServiceAccess {
  /** The service's address, such as `https://host`. */
  url: string
  token: string
  fetch?: typeof fetch
}

/** A recording from the service: one that is archived, or one that is not yet. */
export function serviceSource(access: ServiceAccess, sessionId: string): RecordingSource {
  return new ServiceSource(
    access,
    `${access.url.replace(/\/$/, '')}/v1/sessions/${encodeURIComponent(sessionId)}`,
  )
}

class ServiceSource implements RecordingSource {
  private view: Pick<SessionOverviewView, 'segments' | 'keyframes'> = { segments: [], keyframes: [] }

  constructor(
    private readonly access: ServiceAccess,
    private readonly sessionUrl: string,
  ) {}

  async loadIndex(signal: AbortSignal): Promise<RecordingIndex> {
    const view = (await (await this.get('/overview', signal)).json()) as SessionOverviewView
    this.view = view
    return {
      overview: view.overview,
      segments: view.segments,
      keyframes: view.keyframes.map(({ places, length, isAnew }) => ({
        places: places.map(([atMs, seq]) => ({ atMs, seq })),
        bytes: length,
        isAnew,
      })),
    }
  }

  async loadSegment(n: number, signal: AbortSignal) {
    const segment = this.view.segments[n]
    if (segment === undefined) throw new Error(`The recording has no segment ${n}.`)
    const { firstSeq, lastSeq } = segment
    const events: EventsPage['events'] = []
    let chars = 0
    for (let after = firstSeq - 1; after < lastSeq; ) {
      const limit = Math.min(PAGE_EVENTS, lastSeq - after)
      const text = await (await this.get(`/events?afterSeq=${after}&limit=${limit}`, signal)).text()
      const page = JSON.parse(text) as EventsPage
      if (page.events.length === 0) throw new Error(`The service has no events after ${after}.`)
      events.push(...page.events)
      chars += text.length
      after = events.at(-1)?.seq ?? lastSeq
    }
    return { events, chars }
  }

  async *loadKeyframes(
    firstRun: number,
    lastRun: number,
    signal: AbortSignal,
  ): AsyncGenerator<readonly KeyframeLine[]> {
    const fetchRange = (offset: number, length: number) =>
      this.get('/keyframes', signal, { range: `bytes=${offset}-${offset + length - 1}` })
    for await (const text of membersOf(
      fetchRange,
      this.view.keyframes.slice(firstRun, lastRun + 1),
      signal,
    )) {
      yield keyframesOf(text)
    }
  }

  private async get(
    path: string,
    signal: AbortSignal,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const send = this.access.fetch ?? fetch
    const response = await send(`${this.sessionUrl}${path}`, {
      signal,
      headers: { authorization: `Bearer ${this.access.token}`, ...headers },
    }).catch(unreached)
    if (response.ok || response.status === 416) return response
    const { error } = (await response.json().catch(() => ({}))) as {
      error?: { code?: string; message?: string }
    }
    throw Object.assign(new Error(error?.message ?? `The service answered ${response.status}.`), {
      code: error?.code,
    })
  }
}

/** What a browser says of a network that fails is no help to anybody. */
function unreached(error: unknown): never {
  if (!(error instanceof TypeError)) throw error
  throw Object.assign(new Error('The service could not be reached.'), { code: 'UNREACHABLE' })
}
