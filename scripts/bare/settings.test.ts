import { expect, test } from 'vitest'
import { startSettings, withoutPassword } from './settings.mjs'
import { StopError } from './stop-error.mjs'

const complaint = (env: Record<string, string>) => {
  try {
    startSettings(env, '/project')
  } catch (error) {
    if (error instanceof StopError) return error.detail
    throw error
  }
  return null
}

test('nothing given', () => {
  expect(startSettings({}, '/project')).toEqual({
    dataDir: '/project/.data',
    host: '127.0.0.1',
    port: { wanted: 4700, chosenByUser: false },
    workerPort: null,
    databaseUrl: null,
    redisUrl: null,
    archiveUrl: null,
    authSecret: null,
    signingKeyFile: null,
    demo: 'on',
  })
})

test('the demo is on where only this machine comes in, unless it is said otherwise', () => {
  const demo = (env: Record<string, string>) => startSettings(env, '/project').demo
  expect(['localhost', '127.0.0.2', '::1'].map((HOST) => demo({ HOST }))).toEqual(['on', 'on', 'on'])
  expect(['0.0.0.0', '::', '10.0.0.1'].map((HOST) => demo({ HOST }))).toEqual(['off', 'off', 'off'])
  expect([demo({ DEMO: 'off' }), demo({ HOST: '0.0.0.0', DEMO: 'on' })]).toEqual(['off', 'on'])
})

test('an empty variable counts as not given', () => {
  expect(startSettings({ PORT: '', DATABASE_URL: ' ' }, '/project')).toEqual(startSettings({}, '/project'))
})

test('a port that was chosen is not exchanged for another', () => {
  expect(startSettings({ PORT: '4700' }, '/project').port).toEqual({ wanted: 4700, chosenByUser: true })
})

test.each([
  [{ PORT: '0' }, 'PORT is "0"; expected a number from 1 to 65535.'],
  [{ PORT: '80a' }, 'PORT is "80a"'],
  [{ WORKER_PORT: '70000' }, 'WORKER_PORT is "70000"'],
  [{ DATABASE_URL: 'mysql://x/y' }, 'DATABASE_URL is "mysql://x/y"; expected a URL like postgres://'],
  [{ REDIS_URL: 'localhost' }, 'REDIS_URL is "localhost"; expected a URL like redis://'],
  [{ ARCHIVE_URL: '/var/archive' }, 'ARCHIVE_URL is "/var/archive"; expected a URL like file:///'],
  [{ ARCHIVE_URL: 'file://archive' }, 'ARCHIVE_URL is "file://archive"; expected a URL like file:///'],
  [{ ARCHIVE_URL: 's3://' }, 'ARCHIVE_URL is "s3://"; expected a URL like file:///'],
  [{ DEMO: 'yes' }, 'DEMO is "yes"; expected on or off.'],
  [{ AUTH_SECRET: 'short' }, 'AUTH_SECRET is a text of 5 characters; expected a secret of at least 32.'],
])('%o names the variable, what was given and what is expected', (env, words) => {
  expect(complaint(env)).toContain(words)
})

test('every wrong one is named, and no password shown', () => {
  const detail = complaint({ PORT: 'x', REDIS_URL: 'http://user:hunter2@host' })
  expect(detail?.split('\n')).toHaveLength(2)
  expect(detail).not.toContain('hunter2')
})

test.each([
  ['redis://:secret@h:1/0', 'redis://:…@h:1/0'],
  ['postgres://me:secret@h/db', 'postgres://me:…@h/db'],
  ['postgres://h:5432/db', 'postgres://h:5432/db'],
])('%s is shown as %s', (url, shown) => expect(withoutPassword(url)).toBe(shown))
