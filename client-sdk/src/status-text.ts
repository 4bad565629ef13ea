import type { RecorderStatus } from './recorder-types.js'

/** Of a status, what its words are made from. */
export type WordedStatus = Pick<
  RecorderStatus,
  'state' | 'recordedSeq' | 'committedSeq' | 'savedUpToMs' | 'isPaused' | 'notKept' | 'error'
> &
  Partial<Pick<RecorderStatus, 'storage'>>

/** How the candidate may feel about it; for colours. */
export type StatusTone = 'good' | 'waiting' | 'paused' | 'trouble' | 'ended'

export interface StatusWords {
  tone: StatusTone
  headline: string
  /** Changes all the time, as it has a time or a number in it; may be empty. */
  detail: string
  /** What the candidate should know or do; mostly empty. */
  warning: string
}

/** Every text that candidates read; replace what your language needs. */
export interface StatusTexts {
  connecting: string
  recording: string
  offline: string
  paused: string
  ended: string
  notRecording: string
  savedUpTo: (time: string) => string
  allSaved: string
  keptOnDevice: string
  keptInTab: string
  slow: string
  eventsWait: (count: number) => string
  nothingRecorded: string
  elsewhere: string
  /** `code` is the error's, for whoever helps the candidate. */
  refused: (code: string) => string
  keepTabOpen: string
  eventsLost: (count: number) => string
}

export const ENGLISH_TEXTS: StatusTexts = {
  connecting: 'Connecting',
  recording: 'Recording',
  offline: 'Offline',
  paused: 'Paused',
  ended: 'Recording ended',
  notRecording: 'Not recording',
  savedUpTo: (time) => `saved up to ${time}`,
  allSaved: 'everything is saved',
  keptOnDevice: 'kept on this device',
  keptInTab: 'kept in this tab',
  slow: 'the service is slow',
  eventsWait: (count) => (count === 1 ? '1 event waits' : `${count} events wait`),
  nothingRecorded: 'nothing is recorded',
  elsewhere: 'it goes on in another window',
  refused: (code) => `please tell your interviewer (${code})`,
  keepTabOpen: 'keep this tab open',
  eventsLost: (count) => (count === 1 ? '1 event could not be kept' : `${count} events could not be kept`),
}

export interface StatusTextOptions {
  texts?: Partial<StatusTexts>
  /** For the time, a BCP 47 tag. Default: the browser's. */
  locale?: string
  /** Default: the device's. */
  timeZone?: string
}

/** A recorder's status as one line for the candidate: `Recording · saved up to 14:03:21`. Null: not started yet. */
export function statusText(status: WordedStatus | null, options: StatusTextOptions = {}): string {
  const { headline, detail, warning } = statusWords(status, options)
  return [headline, detail, warning].filter((part) => part !== '').join(SEPARATOR)
}

/** Between the parts of a line. */
export const SEPARATOR = ' · '

/** The same in parts. */
export function statusWords(status: WordedStatus | null, options: StatusTextOptions = {}): StatusWords {
  const texts = { ...ENGLISH_TEXTS, ...options.texts }
  if (status === null) return { tone: 'waiting', headline: texts.connecting, detail: '', warning: '' }
  const { state, storage, savedUpToMs, error, notKept } = status
  const waiting = status.recordedSeq - status.committedSeq
  const wait = waiting > 0 ? texts.eventsWait(waiting) : ''
  const kept = storage === 'disk' ? texts.keptOnDevice : texts.keptInTab
  const saved = savedUpToMs === null ? '' : texts.savedUpTo(timeOf(savedUpToMs, options))
  // What is only in this tab is lost with it; while it gets through, that is a matter of seconds and no trouble.
  const isAtRisk = storage === 'failed' || (state === 'offline' && storage !== 'disk' && waiting > 0)
  const warning = joined(isAtRisk && texts.keepTabOpen, notKept > 0 && texts.eventsLost(notKept))
  const words = (tone: StatusTone, headline: string, ...details: string[]): StatusWords => ({
    tone: warning !== '' && tone !== 'ended' ? 'trouble' : tone,
    headline,
    detail: joined(...details),
    warning,
  })

  switch (state) {
    case 'closed':
      return {
        ...words('ended', texts.ended, waiting > 0 ? wait : texts.allSaved),
        warning: notKept > 0 ? texts.eventsLost(notKept) : '',
      }
    case 'superseded':
      return { tone: 'trouble', headline: texts.notRecording, detail: '', warning: texts.elsewhere }
    case 'refused': {
      const refused = texts.refused(error?.code ?? 'INTERNAL')
      return { tone: 'trouble', headline: texts.notRecording, detail: '', warning: refused }
    }
  }
  if (status.isPaused) return words('paused', texts.paused, texts.nothingRecorded)
  switch (state) {
    case 'connecting':
      return words('waiting', texts.connecting, wait)
    case 'offline':
      return words('waiting', texts.offline, waiting > 0 ? kept : '', wait)
    case 'lagging':
      return words('waiting', texts.recording, texts.slow, wait)
    case 'recording':
      return words('good', texts.recording, saved)
  }
}

const joined = (...parts: (string | false)[]): string => parts.filter((part) => part).join(', ')

/** The last formatter: to make one takes longer than all the rest. */
let formatter: { key: string; format: Intl.DateTimeFormat } | undefined

function timeOf(atMs: number, { locale, timeZone }: StatusTextOptions): string {
  const key = `${locale} ${timeZone}`
  if (formatter?.key !== key) formatter = { key, format: formatOf(locale, timeZone) }
  return formatter.format.format(atMs)
}

function formatOf(locale: string | undefined, timeZone: string | undefined): Intl.DateTimeFormat {
  const style = { timeStyle: 'medium', ...(timeZone && { timeZone }) } as const
  try {
    return new Intl.DateTimeFormat(locale, style)
  } catch {
    // Pages also say lang="en_US".
    return new Intl.DateTimeFormat(undefined, style)
  }
}
