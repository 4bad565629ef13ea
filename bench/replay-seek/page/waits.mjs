const channel = new MessageChannel()

/** Resolves in a task of its own, after whatever waits already. */
export const nextTask = () =>
  new Promise((/** @type {(value?: unknown) => void} */ resolve) => {
    channel.port1.onmessage = resolve
    channel.port2.postMessage(null)
  })

/** Resolves in the task after the next frame was drawn: what is measured next does not pay for it. */
export const nextFrame = () => new Promise((resolve) => requestAnimationFrame(() => resolve(nextTask())))

/** A hand rests for longer between two jumps: what was begun on the side is done by then. */
export const rest = () => new Promise((resolve) => setTimeout(resolve, 100))

/** Numbers that look random and are the same in each run. */
export function* randoms(seed = 1) {
  for (let state = seed; ; ) {
    state = (state * 1103515245 + 12345) % 2 ** 31
    yield state / 2 ** 31
  }
}
