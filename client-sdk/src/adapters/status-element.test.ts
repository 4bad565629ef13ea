import { expect, test } from 'vitest'

// Next.js and its like load on the server what the page will load.
test.each([
  ['ai-chat', () => import('./ai-chat.js')],
  ['page-signals', () => import('./page-signals.js')],
  ['react', () => import('./react.js')],
  ['record-quietly', () => import('./record-quietly.js')],
  ['status-element', () => import('./status-element.js')],
  ['test-run', () => import('./test-run.js')],
  ['xterm', () => import('./xterm.js')],
])('%s: loading it does nothing, and needs no page', async (_name, load) => {
  const before = Object.keys(globalThis)
  const adapter = await load()
  expect(Object.values(adapter).every((one) => typeof one === 'function')).toBe(true)
  expect(Object.keys(globalThis)).toEqual(before)
})
