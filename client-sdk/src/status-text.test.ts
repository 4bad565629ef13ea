import { expect, test } from 'vitest'
import { statusText, statusWords, type WordedStatus } from './status-text.js'

const AT_MS = Date.UTC(2026, 0, 5, 14, 3, 21)
const status = (change: Partial<WordedStatus> = {}): WordedStatus => ({
  state: 'recording',
  recordedSeq: 20,
  committedSeq: 20,
  savedUpToMs: AT_MS,
  isPaused: false,
  notKept: 0,
  storage: 'disk',
  ...change,
})
const options = { locale: 'de-DE', timeZone: 'UTC' }
const waiting = { committedSeq: 8 }
const error = { code: 'TOKEN_EXPIRED' as const, message: 'The token has expired.' }

test.each<[string, Partial<WordedStatus>]>([
  ['Recording · saved up to 14:03:21', {}],
  ['Recording · saved up to 14:03:21', { ...waiting, storage: 'memory' }],
  ['Recording', { savedUpToMs: null }],
  ['Recording · saved up to 14:03:21 · keep this tab open', { storage: 'failed' }],
  ['Recording · saved up to 14:03:21 · 3 events could not be kept', { notKept: 3 }],
  ['Recording · the service is slow, 12 events wait', { state: 'lagging', ...waiting }],
  ['Connecting', { state: 'connecting', recordedSeq: 0, committedSeq: 0 }],
  ['Connecting · 1 event waits', { state: 'connecting', recordedSeq: 1, committedSeq: 0 }],
  ['Offline', { state: 'offline' }],
  ['Offline · kept on this device, 12 events wait', { state: 'offline', ...waiting }],
  [
    'Offline · kept in this tab, 12 events wait · keep this tab open',
    { state: 'offline', ...waiting, storage: 'failed' },
  ],
  [
    'Offline · kept in this tab, 12 events wait · keep this tab open',
    { state: 'offline', ...waiting, storage: 'memory' },
  ],
  [
    'Offline · kept in this tab, 12 events wait · keep this tab open, 1 event could not be kept',
    { state: 'offline', ...waiting, storage: 'failed', notKept: 1 },
  ],
  ['Paused · nothing is recorded', { isPaused: true }],
  ['Paused · nothing is recorded', { isPaused: true, state: 'offline' }],
  ['Recording ended · everything is saved', { state: 'closed' }],
  ['Recording ended · 12 events wait', { state: 'closed', ...waiting, isPaused: true }],
  ['Not recording · it goes on in another window', { state: 'superseded', ...waiting }],
  ['Not recording · please tell your interviewer (TOKEN_EXPIRED)', { state: 'refused', error }],
])('%s', (text, change) => {
  expect(statusText(status(change), options)).toBe(text)
})

test('a recorder of before storage was told, and none', () => {
  const { storage: _, ...older } = status({ state: 'offline', ...waiting })
  expect(statusText(older)).toBe('Offline · kept in this tab, 12 events wait · keep this tab open')
  expect(statusText(null)).toBe('Connecting')
})

test('tones', () => {
  const tone = (change: Partial<WordedStatus>) => statusWords(status(change)).tone
  expect(tone({})).toBe('good')
  expect(tone({ state: 'lagging' })).toBe('waiting')
  expect(tone({ storage: 'failed' })).toBe('trouble')
  expect(tone({ isPaused: true })).toBe('paused')
  expect(tone({ state: 'closed' })).toBe('ended')
})

test('a locale that is none does no harm', () => {
  expect(statusText(status(), { locale: 'en_US' })).toContain('Recording · saved up to')
})

test('the time is of the locale and the zone; texts can be replaced', () => {
  const inNewYork = { locale: 'en-US', timeZone: 'America/New_York' }
  expect(statusText(status(), inNewYork).replaceAll('\u202f', ' ')).toBe('Recording · saved up to 9:03:21 AM')
  const texts = { recording: 'Aufnahme', savedUpTo: (time: string) => `gesichert bis ${time}` }
  expect(statusText(status(), { ...options, texts })).toBe('Aufnahme · gesichert bis 14:03:21')
})
