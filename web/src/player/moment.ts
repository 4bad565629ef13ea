/** A moment as an address holds it, from ms after the start: `27:31`, `1:02:03`, `0:07.250`. */
export function momentText(sinceStartMs: number): string {
  const ms = Math.max(0, Math.round(sinceStartMs))
  const totalSec = Math.floor(ms / 1000)
  const hours = Math.floor(totalSec / 3600)
  const minutes = Math.floor(totalSec / 60) % 60
  const two = (n: number) => String(n).padStart(2, '0')
  const clock = `${hours > 0 ? `${hours}:${two(minutes)}` : minutes}:${two(totalSec % 60)}`
  return ms % 1000 === 0 ? clock : `${clock}.${String(ms % 1000).padStart(3, '0')}`
}

/** Ms after the start, from `27:31`, `1:02:03.5` or plain ms (`1651000`); null for anything else. */
export function readMoment(text: string): number | null {
  if (/^\d{1,12}$/.test(text)) return Number(text)
  const match = /^(?:(\d{1,4}):)?(\d{1,4}):(\d{1,2}(?:\.\d{1,3})?)$/.exec(text)
  if (match === null) return null
  const [, hours = '0', minutes, seconds] = match
  return Math.round((Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000)
}

const KEY = 't='

/** The moment that a fragment names (`#t=27:31`, among other parts joined by `&`), ms after the start; null without one. */
export function momentInHash(hash: string): number | null {
  const part = partsOf(hash).find((each) => each.startsWith(KEY))
  return part === undefined ? null : readMoment(decode(part.slice(KEY.length)))
}

/** The fragment with another moment, or without one, and all its other parts as they were. */
export function hashWithMoment(hash: string, sinceStartMs: number | null): string {
  const others = partsOf(hash).filter((part) => !part.startsWith(KEY))
  const parts = sinceStartMs === null ? others : [...others, KEY + momentText(sinceStartMs)]
  return parts.length === 0 ? '' : `#${parts.join('&')}`
}

const partsOf = (hash: string): string[] =>
  hash
    .replace(/^#/, '')
    .split('&')
    .filter((part) => part !== '')

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
