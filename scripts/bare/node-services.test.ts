import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { nodeServices } from './node-services.mjs'

test('a program that took the port in the meantime is not mistaken for ours', async () => {
  const other = createServer()
  const port = await new Promise<number>((resolve) => {
    other.listen(0, '127.0.0.1', () => resolve((other.address() as { port: number }).port))
  })
  const { server } = nodeServices({
    root: '/project',
    env: {},
    server: { host: '127.0.0.1', port },
    workerPort: 1,
  })
  await expect(server.beforeStart?.()).rejects.toThrow(`Port ${port} on 127.0.0.1 is taken`)
  await new Promise((resolve) => other.close(resolve))
  await expect(server.beforeStart?.()).resolves.toBeUndefined()
})
