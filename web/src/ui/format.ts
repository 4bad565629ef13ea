/** A place in an interview or a length of time: 4:07, 41:07, 1:28:40. Negative ones keep their sign. */
export function clock(ms: number): string {
  const totalSec = Math.floor(Math.abs(ms) / 1000)
  const hours = Math.floor(totalSec / 3600)
  const minutes = Math.floor(totalSec / 60) % 60
  const seconds = String(totalSec % 60).padStart(2, '0')
  const sign = ms < 0 && totalSec > 0 ? '−' : ''
  return hours > 0
    ? `${sign}${hours}:${String(minutes).padStart(2, '0')}:${seconds}`
    : `${sign}${minutes}:${seconds}`
}

/** A span in words, as exact as its size deserves: 0.4 s, 12 s, 3 min, 2 h, 5 d. */
export function span(ms: number): string {
  const sec = Math.max(0, ms) / 1000
  if (sec < 10) return `${(Math.floor(sec * 10) / 10).toFixed(1)} s`
  if (sec < 60) return `${Math.floor(sec)} s`
  if (sec < 3600) return `${Math.floor(sec / 60)} min`
  if (sec < 48 * 3600) return `${Math.floor(sec / 3600)} h`
  return `${Math.floor(sec / 86_400)} d`
}

/** How long a single thing took: 12 ms, 3.9 s, 2 min. */
export const took = (ms: number): string => (ms < 1000 ? `${Math.round(ms)} ms` : span(ms))

const grouped = new Intl.NumberFormat('en', { useGrouping: true })
export const count = (n: number): string => grouped.format(n)

/** `1 turn`, `2 turns`. */
export const counted = (n: number, one: string, many = `${one}s`): string =>
  `${count(n)} ${n === 1 ? one : many}`

export function bytes(n: number): string {
  if (n < 1000) return `${n} B`
  if (n < 1_000_000) return `${(n / 1000).toFixed(n < 10_000 ? 1 : 0)} kB`
  return `${(n / 1_000_000).toFixed(n < 10_000_000 ? 1 : 0)} MB`
}

const dayAndTime = new Intl.DateTimeFormat('en-GB', {
  year: 'numeric',
  month: 'short',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
})
const timeOfDayFormat = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
})
export const date = (epochMs: number): string => dayAndTime.format(epochMs)
export const timeOfDay = (epochMs: number): string => timeOfDayFormat.format(epochMs)

const LANGUAGES: Record<string, string> = {
  typescript: 'TypeScript',
  javascript: 'JavaScript',
  python: 'Python',
  cpp: 'C++',
  'c++': 'C++',
  c: 'C',
  java: 'Java',
  go: 'Go',
  rust: 'Rust',
}
/** A language as people write it; unknown ones as they came. */
export const languageName = (language: string): string => LANGUAGES[language.toLowerCase()] ?? language
