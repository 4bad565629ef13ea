/**
 * Ctrl-C reaches us twice under npm: from the terminal, and sent on by npm itself. Signals this close are one.
 */
const SAME_SIGNAL_MS = 1_000
const PARENT_LOOK_MS = 500

/**
 * Listens for Ctrl-C, a plain kill, a closed terminal and npm's death, in place of ending at once. The last one
 * since npm runs us through a shell that, when npm is told to end, may end without passing that on.
 * @param {() => void} onFirst
 * @returns {{ asked: AbortSignal, force: AbortSignal }} `asked` at the first signal, `force` at a second one
 */
export function onStopSignals(onFirst) {
  const asked = new AbortController()
  const force = new AbortController()
  let firstAtMs = 0
  const onSignal = () => {
    if (!asked.signal.aborted) {
      firstAtMs = Date.now()
      onFirst()
      asked.abort()
    } else if (Date.now() - firstAtMs > SAME_SIGNAL_MS) force.abort()
  }
  for (const name of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(name, onSignal)
  if (process.env.npm_lifecycle_event) {
    const parent = process.ppid
    const timer = setInterval(() => {
      if (process.ppid === parent) return
      clearInterval(timer)
      if (!asked.signal.aborted) onSignal()
    }, PARENT_LOOK_MS)
    timer.unref()
  }
  return { asked: asked.signal, force: force.signal }
}
