import { tmpdir } from 'node:os'
import { expect, test } from 'vitest'
import { parseOptions } from './options.js'

const options = (args: string[], env = {}) => {
  const parsed = parseOptions(args, env)
  return parsed.kind === 'run' ? parsed.options : parsed
}

test('without options, three sample interviews against the system of npm start', () => {
  expect(options([])).toEqual({ sessionCount: 3, speed: 'auto', from: null, url: null, token: null })
})

test('every option', () => {
  const args = ['--sessions', '30', '--speed', 'max', '--from', tmpdir(), '--url', 'http://h:1', '--token=t']
  expect(options(args)).toEqual({
    sessionCount: 30,
    speed: 'max',
    from: tmpdir(),
    url: 'http://h:1',
    token: 't',
  })
  expect(options(['--speed', '2.5'])).toMatchObject({ speed: 2.5 })
  expect(options(['--from', tmpdir()])).toMatchObject({ sessionCount: 1 })
  expect(options(['--help'])).toEqual({ kind: 'help' })
})

test('the environment stands in for --url and --token', () => {
  const env = { RECORDER_URL: 'https://recorder.example', RECORDER_TOKEN: 'e' }
  expect(options([], env)).toMatchObject({ url: 'https://recorder.example', token: 'e' })
  expect(options(['--token', 't'], env)).toMatchObject({ token: 't' })
})

test.each([
  [['--sessions', '0'], '--sessions 0'],
  [['--sessions', '1.5'], '--sessions 1.5'],
  [['--sessions', '1001'], '--sessions 1001'],
  [['--sessions', 'many'], '--sessions many'],
  [['--speed', '0'], '--speed 0'],
  [['--speed', '-1'], '--speed'],
  [['--speed', 'fast'], '--speed fast'],
  [['--speed', 'NaN'], '--speed NaN'],
  [['--from', '/does/not/exist'], '--from /does/not/exist'],
  [['--from', new URL(import.meta.url).pathname], 'neither a folder'],
  [['--from', '/does/not/exist.ndjson'], '--from /does/not/exist.ndjson'],
  [['--url', 'ftp://h'], '--url ftp://h'],
  [['--url', 'nonsense'], '--url nonsense'],
  [['--faster'], "Unknown option '--faster'"],
  [['more'], "argument 'more'"],
  [['--speed'], "--speed <value>' argument missing"],
])('%j is wrong, in one line that says how', (args, words) => {
  const parsed = parseOptions(args, {})
  expect(parsed).toMatchObject({ kind: 'wrong', problem: expect.stringContaining(words) })
  expect(JSON.stringify(parsed)).not.toContain('\\n')
})
