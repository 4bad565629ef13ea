/**
 * Where a text stands in a value: the keys and places on the way there. A last element `KEY` means the key
 * before it, not the value under it.
 */
export type JsonPath = readonly JsonStep[]
export type JsonStep = string | number | typeof KEY
export const KEY: unique symbol = Symbol('key')

/** Visits every string in a value from JSON.parse, keys included. The path is reused: copy it to keep it. */
export function eachString(value: unknown, visit: (text: string, path: JsonPath) => void): void {
  const path: JsonStep[] = []
  const walk = (node: unknown): void => {
    if (typeof node === 'string') visit(node, path)
    else if (Array.isArray(node)) {
      for (let i = 0; i < node.length; i++) {
        path.push(i)
        walk(node[i])
        path.pop()
      }
    } else if (typeof node === 'object' && node !== null) {
      for (const key of Object.keys(node)) {
        path.push(key, KEY)
        visit(key, path)
        path.pop()
        walk((node as Record<string, unknown>)[key])
        path.pop()
      }
    }
  }
  walk(value)
}

/**
 * The value with every leaf that is no list and no object, and every key, replaced by what `map` gives. Returns the
 * value itself where nothing changed. Keys that become equal are told apart at their ends.
 */
export function mapLeaves(value: unknown, map: (leaf: unknown, path: JsonPath) => unknown): unknown {
  const path: JsonStep[] = []
  const walk = (node: unknown): unknown => {
    if (typeof node !== 'object' || node === null) return map(node, path)
    if (Array.isArray(node)) {
      let changed = false
      const items = node.map((item, i) => {
        path.push(i)
        const mapped = walk(item)
        path.pop()
        changed ||= mapped !== item
        return mapped
      })
      return changed ? items : node
    }
    let changed = false
    const entries = new Map<string, unknown>()
    for (const [key, item] of Object.entries(node)) {
      path.push(key, KEY)
      const mappedKey = String(map(key, path))
      path.pop()
      const mapped = walk(item)
      path.pop()
      changed ||= mapped !== item || mappedKey !== key
      entries.set(freeKey(mappedKey, entries), mapped)
    }
    // fromEntries defines keys instead of assigning them: `__proto__` is a key like any other.
    return changed ? Object.fromEntries(entries) : node
  }
  return walk(value)
}

/** Eighths of a block: what tells masked keys apart is no more text than the mask is. */
const DIGITS = ['\u2581', '\u2582', '\u2583', '\u2584', '\u2585', '\u2586', '\u2587']

function freeKey(key: string, taken: ReadonlyMap<string, unknown>): string {
  let free = key
  for (let n = 1; taken.has(free); n++) {
    const digits = n.toString(DIGITS.length).replace(/\d/g, (digit) => DIGITS[Number(digit)] as string)
    free = key.slice(0, Math.max(0, key.length - digits.length)) + digits
  }
  return free
}

/** A JSON pointer (RFC 6901) below `base`; of a key it ends in `~`, which no other pointer does. */
export function pointerOf(base: string, path: JsonPath): string {
  let pointer = base
  for (const step of path) {
    pointer +=
      step === KEY
        ? '~'
        : `/${typeof step === 'number' ? step : step.replaceAll('~', '~0').replaceAll('/', '~1')}`
  }
  return pointer
}
