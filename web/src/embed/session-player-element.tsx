import { createRoot, type Root } from 'react-dom/client'
import type {
  SessionPlayerElement as Declared,
  PlayerErrorDetail,
  PlayerMomentDetail,
  PlayerReadyDetail,
} from '../../player-package/session-player.js'
import { readMoment } from '../player/moment.js'
import type { PlaybackView } from '../player/playback.js'
import { announceTheme } from '../ui/theme.js'
import { KeyScope } from '../ui/use-keys.js'
import { EmbeddedPlayer, Failure } from './embedded-player.js'
import { FaultBoundary } from './fault-boundary.js'
import { offerFonts } from './fonts.js'
import { type OpenedSession, openSession } from './opened-session.js'
import { keysOf } from './own-keys.js'
import { type PlayerAttributes, placeIn } from './session-place.js'
import { watchPageTheme } from './watch-page-theme.js'

const PLACE_ATTRIBUTES = ['archive-url', 'url', 'session-id', 'token'] as const
const STYLE_SHEET_URL = new URL(/* @vite-ignore */ './session-player.css', import.meta.url).href

/** What went wrong in detail is in the browser's console: of a recording's own content nothing is told. */
const FAULT: PlayerErrorDetail = {
  code: null,
  message: 'The player ran into a fault of its own, or what is recorded can’t be read.',
}

/** As its declaration says, which pages compile against; no page's style reaches into it, and none of its own out. */
export class SessionPlayerElement extends HTMLElement implements Declared {
  static readonly observedAttributes = [...PLACE_ATTRIBUTES, 'at', 'theme']

  private root: Root | null = null
  private session: OpenedSession | null = null
  private unwatch: () => void = () => {}
  private opening = false
  private isReady = false
  private told: { momentMs: number; playing: boolean } | null = null
  private failureTold: unknown = null

  get momentMs(): number {
    const view = this.session?.playback.current()
    return view === undefined ? 0 : momentOf(view)
  }

  get durationMs(): number {
    const overview = this.session?.playback.current().overview
    return overview === undefined ? 0 : overview.endMs - overview.startMs
  }

  get playing(): boolean {
    return this.session?.playback.current().mode === 'playing'
  }

  play(): void {
    this.session?.playback.play()
  }

  pause(): void {
    this.session?.playback.pause()
  }

  seek(moment: number | string): void {
    const momentMs = typeof moment === 'number' ? moment : readMoment(moment)
    if (momentMs === null || !Number.isFinite(momentMs)) throw new RangeError(`No moment: ${moment}`)
    const playback = this.session?.playback
    playback?.seek(playback.source.overview.startMs + momentMs)
  }

  connectedCallback(): void {
    this.reopen()
  }

  disconnectedCallback(): void {
    // Moved within the page, it is connected again at once.
    queueMicrotask(() => {
      if (!this.isConnected) this.shut()
    })
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (before === after || !this.isConnected) return
    if (name === 'theme') announceTheme()
    else if (name !== 'at') this.reopen()
    else if (this.isReady) this.goToAttribute()
  }

  /** Opens what the attributes name; once for all that change at once. */
  private reopen(): void {
    if (this.opening) return
    this.opening = true
    queueMicrotask(() => {
      this.opening = false
      if (!this.isConnected) return
      this.shut()
      this.open()
    })
  }

  private open(): void {
    const place = placeIn(this.attributesGiven(), document.baseURI)
    if (place === null) return
    offerFonts()
    const shadow = this.shadowRoot ?? this.attachShadow({ mode: 'open' })
    const box = document.createElement('div')
    box.className = 'embedded'
    const style = document.createElement('link')
    style.rel = 'stylesheet'
    style.href = STYLE_SHEET_URL
    shadow.replaceChildren(style, box)
    const session = openSession(place)
    this.session = session
    const [isPressedHere, stopKeys] = keysOf(this)
    const stops = [
      session.subscribe(this.look),
      session.playback.subscribe(this.look),
      watchPageTheme(),
      stopKeys,
    ]
    this.unwatch = () => {
      for (const stop of stops) stop()
    }
    const root = createRoot(box)
    this.root = root
    const draw = () => {
      if (this.root !== root) return
      root.render(
        <KeyScope value={isPressedHere}>
          <FaultBoundary
            instead={<Failure failure={FAULT} onRetry={() => this.reopen()} />}
            onFault={() => this.tell<PlayerErrorDetail>('error', { ...FAULT })}
          >
            <EmbeddedPlayer session={session} />
          </FaultBoundary>
        </KeyScope>,
      )
    }
    // Not before it has its style: the editor and the terminal measure themselves. Without it, all the text is there.
    style.addEventListener('load', draw, { once: true })
    style.addEventListener('error', draw, { once: true })
  }

  private shut(): void {
    this.unwatch()
    this.unwatch = () => {}
    this.root?.unmount()
    this.root = null
    this.session?.close()
    this.session = null
    this.isReady = false
    this.told = null
    this.failureTold = null
    this.shadowRoot?.replaceChildren()
  }

  /** Tells the page what became of the session. */
  private readonly look = (): void => {
    const { session } = this
    if (session === null) return
    const { failure, whole } = session.standing()
    if (failure !== null && failure !== this.failureTold) {
      this.failureTold = failure
      this.tell<PlayerErrorDetail>('error', { ...failure })
    }
    const view = session.playback.current()
    const { startMs, endMs, eventCount } = view.overview
    if (!this.isReady && whole && (eventCount > 0 || !session.standing().live)) {
      // What was opened is looked at in the next frame: at this moment, so that no other one is loaded.
      this.goToAttribute()
      if (eventCount !== session.playback.source.overview.eventCount) return
      this.isReady = true
      this.tell<PlayerReadyDetail>('ready', { startMs, durationMs: endMs - startMs })
    }
    if (!this.isReady || view.isLoading) return
    const now = { momentMs: momentOf(view), playing: view.mode === 'playing' }
    if (this.told?.momentMs === now.momentMs && this.told.playing === now.playing) return
    this.told = now
    this.tell<PlayerMomentDetail>('moment', { ...now, atMs: startMs + now.momentMs })
  }

  private goToAttribute(): void {
    const momentMs = readMoment(this.getAttribute('at') ?? '')
    if (momentMs !== null) this.seek(momentMs)
  }

  private attributesGiven(): PlayerAttributes {
    const [archiveUrl, url, sessionId, token] = PLACE_ATTRIBUTES.map((name) => this.getAttribute(name))
    return { archiveUrl, url, sessionId, token } as PlayerAttributes
  }

  private tell<Detail>(name: string, detail: Detail): void {
    this.dispatchEvent(new CustomEvent(name, { detail }))
  }
}

const momentOf = ({ overview: { startMs }, atMs }: PlaybackView): number => Math.max(0, atMs - startMs)
