// Runs in the page before anything else. One instrument for every recorder: whatever a recorder registers with the page
// while it has the word is timed when the page calls it back.

/**
 * - key: within the task of the keystroke itself, its microtasks (mutation observers, promises) included
 * - later: in tasks of its own, such as timers, sockets, the database, frames
 */
/** @typedef {'key' | 'later'} Phase */

/** What the recorder has taken since the last look, in ms of main thread. */
const spentMs = { key: 0, later: 0 }
/** The longest single call since the last look at it: what a handler, or a frame, had to wait for at most. */
const longestMs = { key: 0, later: 0 }
/** The same by what called the recorder, for the whole run. */
/** @type {Record<string, { calls: number, ms: number }>} */
const byCaller = {}
/** Whose registrations are timed: true while a recorder is loaded, set up or called back. */
let isRecorder = false
/** @type {Phase} */
let phase = 'later'

/** @typedef {(this: unknown, ...args: any[]) => any} AnyFunction */

/**
 * A function that runs `run` as the recorder and adds up its time. Inside another timed one it adds nothing: that one
 * counts already.
 * @param {string} caller
 * @param {AnyFunction} run
 * @param {boolean} [isOwnTask] false for what runs within somebody's task
 * @returns {AnyFunction}
 */
export function timed(caller, run, isOwnTask = true) {
  return function (...args) {
    if (isRecorder) return run.apply(this, args)
    if (isOwnTask) phase = 'later'
    isRecorder = true
    const startedMs = performance.now()
    try {
      return run.apply(this, args)
    } finally {
      const tookMs = performance.now() - startedMs
      isRecorder = false
      spentMs[phase] += tookMs
      longestMs[phase] = Math.max(longestMs[phase], tookMs)
      byCaller[caller] ??= { calls: 0, ms: 0 }
      const entry = byCaller[caller]
      entry.calls++
      entry.ms += tookMs
    }
  }
}

export const instrument = {
  timed,
  /** From here on what is registered belongs to the recorder. For set-up, which is not timed, and may wait. */
  enter() {
    isRecorder = true
  },
  leave() {
    isRecorder = false
  },
  get isRecorder() {
    return isRecorder
  },
  /** The task of a keystroke begins. */
  keyStarts() {
    phase = 'key'
  },
  keyEnded() {
    phase = 'later'
  },
  /** What was spent since the last call. */
  take() {
    const taken = { ...spentMs }
    spentMs.key = spentMs.later = 0
    return taken
  },
  takeLongest() {
    const taken = { ...longestMs }
    longestMs.key = longestMs.later = 0
    return taken
  },
  byCaller,
}

const wrapIfRecorder = (/** @type {string} */ caller, /** @type {unknown} */ run, isOwnTask = true) =>
  isRecorder && typeof run === 'function' ? timed(caller, /** @type {AnyFunction} */ (run), isOwnTask) : run

/** Replaces a function that takes callbacks; every function among its arguments counts as one. */
function patchCallbacks(
  /** @type {any} */ target,
  /** @type {string} */ name,
  /** @type {string} */ caller,
  isOwnTask = true,
) {
  const native = target?.[name]
  if (typeof native !== 'function') return
  target[name] = /** @type {AnyFunction} */ (
    function (...args) {
      if (!isRecorder) return native.apply(this, args)
      return native.apply(
        this,
        args.map((arg) => wrapIfRecorder(caller, arg, isOwnTask)),
      )
    }
  )
}

patchCallbacks(window, 'setTimeout', 'timer')
patchCallbacks(window, 'setInterval', 'timer')
patchCallbacks(window, 'requestIdleCallback', 'idle')
patchCallbacks(window, 'queueMicrotask', 'microtask', false)
patchCallbacks(Promise.prototype, 'then', 'promise', false)
patchCallbacks(/** @type {any} */ (globalThis).Scheduler?.prototype, 'postTask', 'task')
patchCallbacks(/** @type {any} */ (globalThis).LockManager?.prototype, 'request', 'lock')

// Frames end the keystroke's task whoever asked for them: mutations that they make are no longer the key's.
const nativeFrame = window.requestAnimationFrame
window.requestAnimationFrame = (run) => {
  const wrapped = /** @type {FrameRequestCallback} */ (wrapIfRecorder('frame', run))
  return nativeFrame.call(window, (nowMs) => {
    phase = 'later'
    wrapped(nowMs)
  })
}

// rrweb looks whether MutationObserver is the browser's own and else takes another window's: a Proxy looks like it.
for (const name of /** @type {const} */ ([
  'MutationObserver',
  'IntersectionObserver',
  'ResizeObserver',
  'PerformanceObserver',
])) {
  const native = /** @type {any} */ (window)[name]
  const proxy = new Proxy(native, {
    construct: (target, [run, ...rest], newTarget) =>
      Reflect.construct(target, [wrapIfRecorder(name, run, false), ...rest], newTarget),
  })
  native.prototype.constructor = proxy
  Object.assign(window, { [name]: proxy })
}

const { addEventListener, removeEventListener } = EventTarget.prototype
/** @type {WeakMap<object, AnyFunction>} */
const wrappedListeners = new WeakMap()
EventTarget.prototype.addEventListener = function (
  /** @type {string} */ type,
  /** @type {any} */ listener,
  /** @type {any} */ options,
) {
  const target = this ?? window
  if (!isRecorder || listener === null) return addEventListener.call(target, type, listener, options)
  const run = typeof listener === 'function' ? listener : (/** @type {Event} */ e) => listener.handleEvent(e)
  const wrapped = wrappedListeners.get(listener) ?? timed(callerOf(target), run, isAsynchronous(target))
  wrappedListeners.set(listener, wrapped)
  return addEventListener.call(target, type, wrapped, options)
}
EventTarget.prototype.removeEventListener = function (
  /** @type {string} */ type,
  /** @type {any} */ listener,
  /** @type {any} */ options,
) {
  const target = this ?? window
  removeEventListener.call(target, type, listener, options)
  const wrapped = listener === null ? undefined : wrappedListeners.get(listener)
  if (wrapped !== undefined) removeEventListener.call(target, type, wrapped, options)
}

/** `socket.onmessage = …` and the like. */
const WITH_HANDLERS = [
  'WebSocket',
  'IDBRequest',
  'IDBOpenDBRequest',
  'IDBTransaction',
  'IDBDatabase',
  'XMLHttpRequest',
  'XMLHttpRequestEventTarget',
  'MessagePort',
  'BroadcastChannel',
  'FileReader',
  'Worker',
]
for (const name of WITH_HANDLERS) {
  const prototype = /** @type {any} */ (window)[name]?.prototype ?? {}
  for (const [key, { get, set, configurable }] of Object.entries(
    Object.getOwnPropertyDescriptors(prototype),
  )) {
    if (!key.startsWith('on') || !set || !configurable) continue
    Object.defineProperty(prototype, key, {
      configurable: true,
      enumerable: true,
      ...(get && { get }),
      set(run) {
        set.call(this, wrapIfRecorder(callerOf(this), run))
      },
    })
  }
}

/** The kind of an event's target, for the table of callers. */
function callerOf(/** @type {object} */ target) {
  const name = target.constructor.name
  if (name.startsWith('IDB')) return 'IndexedDB'
  return target instanceof Node || target === window ? 'page event' : name
}

/** Events of the page may be sent within a task of the page; all others come in tasks of their own. */
const isAsynchronous = (/** @type {unknown} */ target) => !(target instanceof Node || target === window)

Object.assign(window, { instrument })
