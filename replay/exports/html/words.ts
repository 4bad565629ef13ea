// Numbers and times as they stand in the report.

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const two = (n: number): string => String(n).padStart(2, '0')

/** `15 Nov 2025, 10:04 UTC`; readers sit in many places, so the zone is said. */
export function dateOf(epochMs: number): string {
  const date = new Date(epochMs)
  if (Number.isNaN(date.getTime())) return 'an unknown time'
  const day = `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`
  return `${day}, ${two(date.getUTCHours())}:${two(date.getUTCMinutes())} UTC`
}

/** A place in the interview: 4:07, 41:07, 1:28:40. */
export function clock(ms: number): string {
  const sec = Math.floor(Math.abs(ms) / 1000)
  const sign = ms < 0 && sec > 0 ? '−' : ''
  const [hours, minutes, seconds] = [Math.floor(sec / 3600), Math.floor(sec / 60) % 60, sec % 60]
  return hours > 0 ? `${sign}${hours}:${two(minutes)}:${two(seconds)}` : `${sign}${minutes}:${two(seconds)}`
}

/** A length of time: 0.4 s, 12 s, 3:10 min, 2:05 h. */
export function span(seconds: number): string {
  if (seconds < 10) return `${Math.round(seconds * 10) / 10} s`
  if (seconds < 60) return `${Math.round(seconds)} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)}:${two(Math.floor(seconds % 60))} min`
  return `${Math.floor(seconds / 3600)}:${two(Math.floor((seconds % 3600) / 60))} h`
}

/** A length of time as it is said: 12 seconds, 41 minutes, 2 hours 5 minutes. */
export function spoken(seconds: number): string {
  if (seconds < 90) return counted(Math.round(seconds), 'second')
  const minutes = Math.round(seconds / 60)
  if (minutes < 90) return counted(minutes, 'minute')
  const rest = minutes % 60
  return `${counted(Math.floor(minutes / 60), 'hour')}${rest === 0 ? '' : ` ${counted(rest, 'minute')}`}`
}

export const count = (n: number): string => String(Math.round(n)).replace(/\B(?=(\d{3})+(?!\d))/g, ',')

export const counted = (n: number, one: string, many = `${one}s`): string =>
  `${count(n)} ${n === 1 ? one : many}`

export const took = (ms: number): string => (ms < 1000 ? `${Math.round(ms)} ms` : span(ms / 1000))

/** A share in whole percent, never rounded to all or nothing. */
export function percent(part: number, whole: number): string {
  if (whole === 0) return '0 %'
  const share = Math.round((100 * part) / whole)
  if (share === 0 && part > 0) return '< 1 %'
  if (share === 100 && part < whole) return '> 99 %'
  return `${share} %`
}

/** a, b and c */
export const listed = (items: readonly string[]): string =>
  items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
