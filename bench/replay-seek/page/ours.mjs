import { EditorView } from '@codemirror/view'
import { createElement, useEffect, useSyncExternalStore } from 'react'
import { createRoot } from 'react-dom/client'
import { archiveSource, EmbeddedPlayer, openRecordingReplayer, Playback, TerminalView } from './product.ts'
import { nextTask } from './waits.mjs'

const STANDING = { live: false, whole: true, fed: null, failure: null }
/** Drawing is not measured, so nothing waits for it. */
const AT_ONCE = {
  request: (/** @type {(nowMs: number) => void} */ callback) => {
    queueMicrotask(() => callback(performance.now()))
    return 1
  },
  cancel: () => {},
}

/** @type {any} */
let terminalView = null
const { show } = TerminalView.prototype
TerminalView.prototype.show = function (/** @type {any} */ state) {
  terminalView = this
  return show.call(this, state)
}
/** There is none before anything was printed; where nothing is, it is out of sight. */
const terminalNow = () => {
  const place = terminalView?.parent
  return place?.isConnected && !place.hidden ? terminalView : null
}
const isTerminalDone = () => {
  const view = terminalNow()
  return view === null || (!view.busy && view.waiting.length === 0)
}

/**
 * Tells which moment React has put into the page.
 * @param {{ playback: Playback, place: { shownMs: number } }} props
 */
function Committed({ playback, place }) {
  const view = useSyncExternalStore(playback.subscribe, playback.current)
  useEffect(() => {
    if (!view.isLoading) place.shownMs = view.atMs
  })
  return null
}

/**
 * The player as a page embeds it, all its panes, on a recording from its archive.
 * @param {string} archiveUrl
 * @param {HTMLElement} parent
 * @param {number} share of the recording that lies before the moment which it opens at
 */
export async function openOurs(archiveUrl, parent, share) {
  const replayer = await openRecordingReplayer(archiveSource(archiveUrl))
  const { startMs, endMs } = replayer.overview
  const stateMs = { last: 0 }
  const { stateAt } = replayer
  replayer.stateAt = (/** @type {number} */ atMs) => {
    const before = performance.now()
    const state = stateAt.call(replayer, atMs)
    stateMs.last += performance.now() - before
    return state
  }
  const place = { atMs: startMs + share * (endMs - startMs), shownMs: Number.NaN }
  // It is told where to go before it looks for the first time.
  const playback = new Playback(
    { ...emptyReplayer, overview: { ...replayer.overview, eventCount: 0 } },
    AT_ONCE,
  )
  playback.use(replayer)
  playback.seek(place.atMs)
  const session = {
    playback,
    standing: () => STANDING,
    subscribe: () => () => {},
    annotations: async () => [],
    redactions: async () => [],
    offsetMs: () => 0,
    retry: () => {},
    close: () => {},
  }
  const root = createRoot(parent)
  root.render([
    createElement(EmbeddedPlayer, { key: 'player', session: /** @type {any} */ (session) }),
    createElement(Committed, { key: 'committed', playback, place }),
  ])

  const isShown = (/** @type {number} */ atMs) => {
    const view = playback.current()
    if (view.loadFailure !== null) throw new Error(view.loadFailure)
    return view.atMs === atMs && !view.isLoading && place.shownMs === atMs && isTerminalDone()
  }
  /** Waits without asking again and again while something is on its way: that would take the processor from it. */
  const shown = async (/** @type {number} */ atMs) => {
    await isHere(atMs)
    while (!isShown(atMs)) await nextTask()
  }
  const isHere = async (/** @type {number} */ atMs) => {
    while (playback.current().isLoading || playback.current().atMs !== atMs) {
      await new Promise((resolve) => {
        const stop = playback.subscribe(() => {
          stop()
          resolve(null)
        })
      })
    }
  }
  await shown(place.atMs)
  return {
    startMs,
    endMs,
    /** Resolves when all panes hold the state, with how long that took, and how much of it the state itself. */
    async seek(/** @type {number} */ atMs) {
      stateMs.last = 0
      const before = performance.now()
      playback.seek(atMs)
      await isHere(atMs)
      const hereMs = performance.now() - before
      await shown(atMs)
      return { ms: performance.now() - before, hereMs, stateMs: stateMs.last }
    },
    /** The times between which all events are here. */
    loadedStretch: (/** @type {number} */ atMs) => replayer.loadedStretch(atMs),
    /** All keyframes, which come in the background while a viewer looks at what was opened. */
    settle: () => /** @type {any} */ (replayer).chain.loadStored(new AbortController().signal),
    /** Whether the editor and the terminal have what the state says. */
    check() {
      const { state } = playback.current()
      const editor = EditorView.findFromDOM(/** @type {HTMLElement} */ (parent.querySelector('.cm-editor')))
      const file = state.activeFile ?? state.files.findLast((/** @type {any} */ one) => !one.deleted)
      if (file !== undefined && editor?.state.doc.toString() !== file.text)
        throw new Error('The editor does not hold the text of the state.')
      const terminal = terminalNow()
      if (terminal !== null && terminal.shown !== state.terminal.output)
        throw new Error('The terminal does not show the output of the state.')
    },
    close() {
      root.unmount()
      playback.stop()
      replayer.close()
      terminalView = null
    },
  }
}

const emptyReplayer = {
  revision: 0,
  subscribe: () => () => {},
  stateAt: () => null,
  ready: async () => true,
  step: async () => null,
  events: async function* () {},
  close: () => {},
}
