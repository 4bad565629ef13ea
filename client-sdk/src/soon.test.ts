import { afterEach, expect, test, vi } from 'vitest'

afterEach(() => {
  vi.unstubAllGlobals()
  vi.resetModules()
})

/** What runs when, beside what the page does meanwhile. */
async function orderOf() {
  const { soon } = await import('./soon.js')
  const order: string[] = []
  await new Promise<void>((resolve) => {
    soon(() => order.push('first'))
    soon(() => {
      order.push('second')
      soon(() => {
        order.push('from within')
        resolve()
      })
      Promise.resolve().then(() => order.push('microtask of the second'))
    })
    Promise.resolve().then(() => order.push('microtask'))
    order.push('task')
  })
  return order
}

const EXPECTED = ['task', 'microtask', 'first', 'second', 'microtask of the second', 'from within']

test('runs in tasks of their own, in order, in Node.js', async () => {
  expect(await orderOf()).toEqual(EXPECTED)
})

test('… and where there is no setImmediate, as in pages', async () => {
  const channels = vi.fn()
  vi.stubGlobal('setImmediate', undefined)
  const { MessageChannel } = globalThis
  vi.stubGlobal(
    'MessageChannel',
    class extends MessageChannel {
      constructor() {
        super()
        channels()
      }
    },
  )
  expect(await orderOf()).toEqual(EXPECTED)
  expect(channels).toHaveBeenCalledTimes(1)
})
