import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findSystem, NoSystem } from './running-system.js'

const none = { url: null, token: null }

function dataDir(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'simulate-'))
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
  return folder
}

test('the system is the one that npm start left in DATA_DIR', () => {
  const DATA_DIR = dataDir({
    'running.json': '{"url":"http://127.0.0.1:4700/"}',
    'service-token': 'secret\n',
  })
  expect(findSystem(none, { DATA_DIR }, '/project')).toEqual({
    url: 'http://127.0.0.1:4700',
    token: 'secret',
  })
  expect(findSystem({ url: 'http://other', token: 't' }, { DATA_DIR }, '/project')).toEqual({
    url: 'http://other',
    token: 't',
  })
})

test('what is missing is named, with what to do', () => {
  const stopped = dataDir({ 'service-token': 'secret' })
  expect(() => findSystem(none, { DATA_DIR: stopped }, '/project')).toThrow(/No running system .*`npm start`/)
  const torn = dataDir({ 'running.json': '{"url":' })
  expect(() => findSystem(none, { DATA_DIR: torn }, '/project')).toThrow(NoSystem)
  const url = 'http://127.0.0.1:1'
  expect(() => findSystem({ url, token: null }, { DATA_DIR: dataDir({}) }, '/project')).toThrow(
    /No service token .*--token/,
  )
})
