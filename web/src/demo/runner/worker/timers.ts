/**
 * Counts the timers of a program: it ends when it has run to its end and none is left, as in Node.js.
 * @returns a function that resolves then
 */
export function countTimers(scope: typeof globalThis): () => Promise<void> {
  const { setTimeout, clearTimeout, setInterval, clearInterval } = scope
  const open = new Set<number>()
  let onIdle: (() => void) | null = null
  const close = (id: number) => {
    open.delete(id)
    if (open.size === 0) onIdle?.()
  }
  const own = {
    setTimeout: (run: (...args: unknown[]) => void, delayMs?: number, ...args: unknown[]) => {
      const id = setTimeout(() => {
        try {
          run(...args)
        } finally {
          close(id)
        }
      }, delayMs) as unknown as number
      open.add(id)
      return id
    },
    setInterval: (run: (...args: unknown[]) => void, delayMs?: number, ...args: unknown[]) => {
      const id = setInterval(run, delayMs, ...args) as unknown as number
      open.add(id)
      return id
    },
    clearTimeout: (id: number) => {
      clearTimeout(id)
      close(id)
    },
    clearInterval: (id: number) => {
      clearInterval(id)
      close(id)
    },
  }
  Object.assign(scope, own)
  return async () => {
    // What promises are about to do may set a timer.
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, 0))
      if (open.size === 0) return
      await new Promise<void>((resolve) => {
        onIdle = resolve
      })
    }
  }
}
