import { clock, count, counted } from '../ui/format.js'

/** A length of time as it is read aloud: `50 seconds`, `1 min 40 s`, `42 minutes`, `2 h 5 min`. */
export function lengthWords(seconds: number): string {
  const whole = Math.round(seconds)
  if (whole < 60) return counted(whole, 'second')
  if (whole < 600 && whole % 60 !== 0) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  const minutes = Math.round(whole / 60)
  if (minutes < 120) return counted(minutes, 'minute')
  const rest = minutes % 60
  return `${Math.floor(minutes / 60)} h${rest === 0 ? '' : ` ${rest} min`}`
}

/** `42 of 88 minutes`: both in the unit that suits the longer one. */
export function partOfLength(seconds: number, ofSeconds: number): string {
  const whole = Math.max(seconds, ofSeconds)
  if (whole < 120) return `${count(Math.round(seconds))} of ${counted(Math.round(whole), 'second')}`
  if (whole >= 7200) return `${lengthWords(seconds)} of ${lengthWords(whole)}`
  return `${count(Math.round(seconds / 60))} of ${counted(Math.round(whole / 60), 'minute')}`
}

/** `once`, `twice`, `3 times`. */
export function times(n: number): string {
  return n === 1 ? 'once' : n === 2 ? 'twice' : `${count(n)} times`
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(items: readonly string[]): string {
  const last = items.at(-1) ?? ''
  return items.length < 2 ? last : `${items.slice(0, -1).join(', ')} and ${last}`
}

export const seconds = (value: number): string => clock(value * 1000)

/**
 * Shares in whole percent that add up to 100 (largest remainders first), each with its words; what is there but
 * rounds to nothing is `less than 1 %`. Shares of 0 are left out.
 */
export function percentages<Name extends string>(
  amounts: readonly (readonly [name: Name, amount: number])[],
): { name: Name; text: string }[] {
  const present = amounts.filter(([, amount]) => amount > 0)
  const total = present.reduce((sum, [, amount]) => sum + amount, 0)
  const shares = present.map(([name, amount]) => {
    const exact = (amount / total) * 100
    return { name, exact, whole: Math.floor(exact) }
  })
  const missing = 100 - shares.reduce((sum, { whole }) => sum + whole, 0)
  const byRemainder = [...shares].sort((a, b) => b.exact - b.whole - (a.exact - a.whole))
  for (const share of byRemainder.slice(0, missing)) share.whole++
  return shares.map(({ name, exact, whole }) => ({
    name,
    text: exact < 1 ? 'less than 1 %' : exact < 100 && whole === 100 ? 'more than 99 %' : `${whole} %`,
  }))
}
