import type { Recorder } from '../recorder-types.js'
import { SEPARATOR, type StatusTexts, statusWords } from '../status-text.js'

/** `<recorder-status>`. `lang`, its own or of an element around it, is the locale of the time. */
export interface RecorderStatusElement extends HTMLElement {
  /** Whose status is shown; null: none yet. */
  recorder: Pick<Recorder, 'status' | 'on'> | null
  /** In the place of the English ones. */
  texts: Partial<StatusTexts>
}

declare global {
  interface HTMLElementTagNameMap {
    'recorder-status': RecorderStatusElement
  }
}

/**
 * Defines `<recorder-status>`: one line that tells the candidate that the session is recorded and up to when it is saved.
 * Give it a recorder: `document.querySelector('recorder-status').recorder = recorder`.
 *
 * Screen readers are told when the state changes or there is something to do, not each new time. The host has
 * `data-tone` `good`, `waiting`, `paused`, `trouble` or `ended`; the parts `dot`, `headline`, `detail` and `warning` can
 * be styled by `::part()`, the dot's colours by `--recorder-status-good` and so on. Nothing in it needs more than
 * `style-src 'self'` of a content security policy.
 */
export function defineRecorderStatus(name = 'recorder-status'): void {
  if (customElements.get(name)) return
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(CSS)

  class Element extends HTMLElement implements RecorderStatusElement {
    #recorder: RecorderStatusElement['recorder'] = null
    #texts: Partial<StatusTexts> = {}
    #off: (() => void) | undefined
    readonly #spans: HTMLSpanElement[]

    constructor() {
      super()
      const root = this.attachShadow({ mode: 'open' })
      root.adoptedStyleSheets = [sheet]
      this.#spans = ['dot', 'headline', 'detail', 'warning'].map((part) => {
        const span = document.createElement('span')
        span.part.add(part)
        return span
      })
      // The time of the last saved event is not worth an announcement each second.
      this.#spans[2]?.setAttribute('aria-live', 'off')
      root.append(...this.#spans)
    }

    get recorder() {
      return this.#recorder
    }

    set recorder(recorder) {
      this.#recorder = recorder
      this.#watch()
    }

    get texts() {
      return this.#texts
    }

    set texts(texts) {
      this.#texts = texts
      this.#show()
    }

    connectedCallback(): void {
      if (!this.hasAttribute('role')) this.setAttribute('role', 'status')
      // What a page has set before the element was defined.
      for (const key of ['recorder', 'texts'] as const) {
        if (!Object.hasOwn(this, key)) continue
        const value = this[key] as never
        delete (this as Partial<Element>)[key]
        this[key] = value
      }
      this.#watch()
    }

    disconnectedCallback(): void {
      this.#off?.()
      this.#off = undefined
    }

    #watch(): void {
      this.#off?.()
      this.#off = this.isConnected ? this.#recorder?.on('status', () => this.#show()) : undefined
      this.#show()
    }

    #show(): void {
      const lang = this.closest<HTMLElement>('[lang]')?.lang
      const { tone, headline, detail, warning } = statusWords(this.#recorder?.status ?? null, {
        texts: this.#texts,
        ...(lang && { locale: lang }),
      })
      if (this.dataset.tone !== tone) this.dataset.tone = tone
      const texts = ['', headline, detail && SEPARATOR + detail, warning && SEPARATOR + warning]
      this.#spans.forEach((span, i) => {
        // A text that is written anew is announced anew.
        if (span.textContent !== texts[i]) span.textContent = texts[i] ?? ''
      })
    }
  }
  customElements.define(name, Element)
}

/** Colours that can be told from light and dark pages alike; the text has the page's own. */
const CSS = /* @__PURE__ */ [
  ':host{display:inline-block;font:var(--recorder-status-font,inherit);color:var(--recorder-status-color,inherit)}',
  ':host([hidden]){display:none}',
  '[part=dot]{display:inline-block;width:.6em;height:.6em;margin-inline-end:.5em;border-radius:50%;background:var(--dot)}',
  '[part=detail]{font-variant-numeric:tabular-nums}',
  ':host{--dot:var(--recorder-status-good,#1a9e5c)}',
  ':host([data-tone=waiting]){--dot:var(--recorder-status-waiting,#c77700)}',
  ':host([data-tone=paused]){--dot:var(--recorder-status-paused,#3b82f6)}',
  ':host([data-tone=trouble]){--dot:var(--recorder-status-trouble,#e5484d)}',
  ':host([data-tone=ended]){--dot:var(--recorder-status-ended,#808893)}',
  '@media(prefers-reduced-motion:no-preference){[part=dot]{transition:background .3s}',
  ':host([data-tone=waiting]) [part=dot]{animation:wait 2s infinite alternate}}',
  '@keyframes wait{to{opacity:.4}}',
  '@media(forced-colors:active){[part=dot]{forced-color-adjust:none}}',
].join('')
