import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { errorWatch, rotate, rotateInUse, tail } from './logs.mjs'

let dir: string
let file: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'logs-'))
  file = join(dir, 'server.log')
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const entry = (level: number, msg: string, more = {}) => `${JSON.stringify({ level, msg, ...more })}\n`

test('errors are found as they come, each once, and never half a line', () => {
  writeFileSync(file, entry(50, 'before we looked'))
  const errors: string[] = []
  const look = errorWatch(file, (message) => errors.push(message))
  look()
  expect(errors).toEqual([])
  appendFileSync(file, entry(30, 'fine'))
  appendFileSync(file, entry(50, 'bad', { err: { message: 'refused' } }))
  appendFileSync(file, '{"level":60,"msg":"wor')
  look()
  expect(errors).toEqual(['bad: refused'])
  appendFileSync(file, 'se"}\nno JSON at all\n')
  look()
  look()
  expect(errors).toEqual(['bad: refused', 'worse'])
})

test('a log that was emptied is read from its start', () => {
  writeFileSync(file, entry(30, 'a long line that is gone soon'))
  const errors: string[] = []
  const look = errorWatch(file, (message) => errors.push(message))
  truncateSync(file)
  appendFileSync(file, entry(50, 'new'))
  look()
  expect(errors).toEqual(['new'])
})

test('the tail holds what was written since, for people', () => {
  writeFileSync(file, 'old\n')
  const from = statSync(file).size
  appendFileSync(file, `plain words\n${entry(60, 'could not start', { error: 'PORT is taken' })}`)
  expect(tail(file, from)).toBe('plain words\ncould not start: PORT is taken')
  expect(tail(join(dir, 'none.log'), 0)).toBe('')
})

test('a log is moved aside when it is too large, and left alone before', () => {
  writeFileSync(file, 'small')
  rotate(file)
  rotateInUse(file)
  expect(readFileSync(file, 'utf8')).toBe('small')
  truncateSync(file, 21 * 1024 * 1024)
  rotateInUse(file)
  expect([statSync(file).size, statSync(`${file}.1`).size]).toEqual([0, 21 * 1024 * 1024])
  truncateSync(file, 22 * 1024 * 1024)
  rotate(file)
  expect(statSync(`${file}.1`).size).toBe(22 * 1024 * 1024)
  expect(statSync(file, { throwIfNoEntry: false })).toBeUndefined()
})
