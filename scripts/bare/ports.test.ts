import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { freePort, publicPort, rememberedPorts, tryPort } from './ports.mjs'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

const occupy = async (port: number) => {
  const server = createServer()
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
}

test('a taken port is noticed', async () => {
  const port = await freePort()
  expect(await tryPort(port)).toBe(port)
  await occupy(port)
  expect(await tryPort(port)).toBeNull()
})

test('left to us, a taken port gives way to the next free one; chosen, it does not', async () => {
  const wanted = await freePort()
  await occupy(wanted)
  const found = await publicPort({ wanted, chosenByUser: false, host: '127.0.0.1' })
  expect(found).toBeGreaterThan(wanted)
  expect(await publicPort({ wanted, chosenByUser: true, host: '127.0.0.1' })).toBeNull()
})

test('a host that is not of this machine is an error, not a taken port', async () => {
  await expect(publicPort({ wanted: 4700, chosenByUser: false, host: '192.0.2.1' })).rejects.toThrow(
    'EADDRNOTAVAIL',
  )
})

test('a port is used again at the next start, unless somebody took it', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'ports-'))
  try {
    const file = join(dir, 'ports.json')
    const port = await rememberedPorts(file).get('redis')
    expect(await rememberedPorts(file).get('redis')).toBe(port)
    await occupy(port)
    const other = await rememberedPorts(file).get('redis')
    expect(other).not.toBe(port)
    expect(await rememberedPorts(file).get('redis')).toBe(other)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
})
