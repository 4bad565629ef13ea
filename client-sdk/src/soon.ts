/**
 * Runs `run` in a task of its own, the next one. A timer of no time waits for a millisecond in Node.js, and for four in a page
 * whose timers are nested, which is twice and more what a bare relay needs from a page to a watcher.
 */
export const soon: (run: () => void) => void =
  (globalThis as { setImmediate?: (run: () => void) => void }).setImmediate ?? overChannel()

function overChannel(): (run: () => void) => void {
  const waiting: (() => void)[] = []
  const { port1, port2 } = new MessageChannel()
  port1.onmessage = () => waiting.shift()?.()
  return (run) => {
    waiting.push(run)
    port2.postMessage(null)
  }
}
