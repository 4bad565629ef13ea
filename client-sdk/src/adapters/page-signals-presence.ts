import type { RecorderState } from '../recorder-types.js'
import {
  type PageSignal,
  type PageSignalsOptions,
  type SignalRecorder,
  type SignalWatch,
  startWatch,
} from './page-signals-watch.js'

/**
 * Records that the tab is hidden, its window behind another, fullscreen ended, the connection lost, and the ends of it.
 *
 * @returns a function that ends it
 */
export function recordPresence(recorder: SignalRecorder, options: PageSignalsOptions = {}): () => void {
  return startWatch(recorder, options, (watch) => {
    watchVisibility(watch)
    watchFocus(watch)
    watchFullscreen(watch)
    watchConnection(watch)
  })
}

/** Hidden: another tab is in front, the window is minimized, or the page is being left. */
function watchVisibility(watch: SignalWatch): void {
  const { window } = watch
  const { document } = window
  const set = twoSided(watch, 'tab_hidden', 'tab_visible')
  const look = () => set(document.visibilityState === 'visible')
  watch.listen(document, 'visibilitychange', look)
  // Of a page that is left, browsers say "hidden" only after `pagehide`, when the recorder has sent its last.
  watch.listen(window, 'pagehide', () => set(false), true)
  watch.listen(window, 'pageshow', look)
  look()
}

const FOCUS_POLL_MS = 1000

/**
 * The window is behind another one. Events do not tell all of it: a window says "blur" also when the focus goes into a
 * frame of its own page, which is not that, and then no more; and of a new tab that comes in front it may say nothing.
 * So it is looked at, too.
 */
function watchFocus(watch: SignalWatch): void {
  const { window } = watch
  const set = twoSided(watch, 'window_blur', 'window_focus')
  const look = () => set(window.document.hasFocus())
  watch.listen(window, 'blur', look)
  watch.listen(window, 'focus', look)
  const timer = setInterval(look, FOCUS_POLL_MS)
  watch.stopped.addEventListener('abort', () => clearInterval(timer))
}

function watchFullscreen(watch: SignalWatch): void {
  const { document } = watch.window
  let wasFull = Boolean(document.fullscreenElement)
  watch.listen(document, 'fullscreenchange', () => {
    const isFull = Boolean(document.fullscreenElement)
    if (wasFull && !isFull) watch.record('fullscreen_exit', {})
    wasFull = isFull
  })
}

/**
 * Two witnesses: the browser knows at once that a network is gone, but not whether the service can be reached; the
 * recorder knows that for sure, but of a connection that died quietly only after a while. Lost when one says so;
 * restored when the recorder is connected anew, or never was away and the browser says so.
 */
function watchConnection(watch: SignalWatch): void {
  const { window, recorder } = watch
  const set = twoSided(watch, 'connection_lost', 'connection_restored')
  let known = recorder.status?.state
  watch.listen(window, 'offline', () => set(false, 'browser'))
  watch.listen(window, 'online', () => {
    if (known !== 'offline') set(true, 'browser')
  })
  if (!window.navigator.onLine && !isConnected(known)) set(false, 'browser')
  const off = recorder.on('status', ({ state }) => {
    if (state === known) return
    // A connection that begins to lag was there before, and may be one that is about to be found dead.
    const isBack = isConnected(state) && !(state === 'lagging' && isConnected(known))
    known = state
    if (isBack || state === 'offline') set(isBack, 'recorder')
  })
  watch.stopped.addEventListener('abort', off)
}

const isConnected = (state: RecorderState | undefined): boolean =>
  state === 'recording' || state === 'lagging'

/**
 * A state of the page with a signal for each side; it begins as `back`. Answers how to set it. Each change is told
 * once; one that could not be told, in a pause say, is told afterwards if it still holds.
 */
function twoSided(watch: SignalWatch, lost: PageSignal, back: PageSignal) {
  let [is, isTold] = [true, true]
  let source: string | undefined
  const tell = () => {
    if (is !== isTold && watch.record(is ? back : lost, { source }) > 0) isTold = is
  }
  watch.stopped.addEventListener('abort', watch.recorder.on('resync', tell))
  return (nowIs: boolean, by?: string): void => {
    is = nowIs
    source = by
    tell()
  }
}
