import { Log } from './log.js'

const ITEM_CHARS = 32

/** About how much a value takes up when it is written out, in UTF-16 units. */
export function charsOf(value: unknown): number {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null) return 8
  let chars = ITEM_CHARS
  if (Array.isArray(value) || value instanceof Log) for (const item of value) chars += charsOf(item)
  else for (const key in value) chars += key.length + charsOf(value[key as never])
  return chars
}

/** About how many UTF-16 units its JSON has: less than what it takes up in memory, where it is of many small parts. */
export function textCharsOf(value: unknown): number {
  if (typeof value === 'string') return value.length + 3
  if (typeof value !== 'object' || value === null) return 5
  let chars = 2
  if (Array.isArray(value)) for (const item of value) chars += textCharsOf(item)
  else for (const key in value) chars += key.length + 4 + textCharsOf(value[key as never])
  return chars
}
