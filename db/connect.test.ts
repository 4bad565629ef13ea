import { once } from 'node:events'
import net from 'node:net'
import { expect, test, vi } from 'vitest'
import { openDatabase } from './connect.js'

// Failing? Each flush waits twice until the system sends what it gathers: some 90 ms of each transaction.
test('connections send at once what is written, without waiting for more', async () => {
  const hangsUp = net.createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
  await once(hangsUp, 'listening')
  const { port } = hangsUp.address() as net.AddressInfo
  const setNoDelay = vi.spyOn(net.Socket.prototype, 'setNoDelay')
  const db = openDatabase({ url: `postgres://nobody@127.0.0.1:${port}/none`, applicationName: 'test' })
  try {
    db.sql`select 1`.catch(() => {})
    await once(hangsUp, 'connection')
    const ours = setNoDelay.mock.contexts.map((socket) => (socket as object).constructor.name)
    expect(ours).toContain('DriverSocket')
    expect(setNoDelay.mock.calls.every(([isOn]) => isOn === true)).toBe(true)
  } finally {
    setNoDelay.mockRestore()
    await db.close()
    hangsUp.close()
  }
})
