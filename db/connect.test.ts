import net from 'node:net'
import { afterAll, expect, test, vi } from 'vitest'
import { openDatabase } from './connect.js'

const hangsUp = net.createServer((socket) => socket.destroy())
afterAll(() => {
  hangsUp.close()
})

// Failing? Each flush waits twice until the system sends what it gathers: some 90 ms of each transaction.
test('connections send at once what is written, without waiting for more', async () => {
  await new Promise<void>((resolve) => hangsUp.listen(0, '127.0.0.1', resolve))
  const { port } = hangsUp.address() as net.AddressInfo
  const setNoDelay = vi.spyOn(net.Socket.prototype, 'setNoDelay')
  const db = openDatabase({ url: `postgres://nobody@127.0.0.1:${port}/none`, applicationName: 'test' })
  try {
    await expect(db.sql`select 1`).rejects.toThrow()
    const ours = setNoDelay.mock.contexts.filter(
      (socket) => (socket as net.Socket).constructor.name === 'DriverSocket',
    )
    expect(ours.length).toBeGreaterThan(0)
    expect(setNoDelay.mock.calls.every(([isOn]) => isOn === true)).toBe(true)
  } finally {
    setNoDelay.mockRestore()
    await db.close()
  }
})
