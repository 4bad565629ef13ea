import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { forgetHandshake } from './forget-handshake.js'

test('nothing is left of what a connection began with', () => {
  const request = new IncomingMessage(new Socket())
  request.rawHeaders = ['Authorization', 'Bearer secret']
  request.headers = { authorization: 'Bearer secret' }
  request.url = '/socket.io/?token=secret'
  const query = { token: 'secret' }
  const socket = { request: Object.assign(request, { _query: query }), handshake: { auth: query, query } }
  forgetHandshake(socket)
  expect(socket.handshake).toEqual({})
  const { headers, rawHeaders, url, _query } = socket.request
  expect([headers, rawHeaders, url, _query]).toEqual([{}, [], '', {}])
})
