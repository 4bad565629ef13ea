import { io, type Socket } from 'socket.io-client'
import { expect, test } from 'vitest'
import { makeWorld } from '../support/world.js'

test('a request without any payload is answered, not left waiting', async () => {
  await using world = await makeWorld()
  const server = await world.startServer()
  const session = await world.createSession(server)
  const open = (namespace: string, auth: object): Socket =>
    io(`${server.url}${namespace}`, { auth, transports: ['websocket'], forceNew: true })
  const tab = open('/candidate', { token: session.candidateToken, sourceId: 'tab', protocol: 1 })
  const proctor = open('/proctor', { token: await world.token('proctor') })
  try {
    expect(await tab.emitWithAck('batch')).toMatchObject({ ok: false, code: 'BATCH_MALFORMED' })
    for (const verb of ['watch', 'unwatch', 'preview', 'annotate', 'message', 'extend', 'end']) {
      expect(await proctor.emitWithAck(verb), verb).toMatchObject({ ok: false, code: 'VALIDATION' })
    }
  } finally {
    tab.disconnect()
    proctor.disconnect()
  }
})
