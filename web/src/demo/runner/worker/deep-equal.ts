/** Whether two values are the same in type and content, as `assert.deepStrictEqual` has it. */
export function isDeepEqual(a: unknown, b: unknown, open: [object, object][] = []): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false
  // Two that contain themselves in the same way are equal where everything else is.
  if (open.some(([x, y]) => x === a && y === b)) return true
  const inside: [object, object][] = [...open, [a, b]]
  if (a instanceof Date) return a.getTime() === (b as Date).getTime()
  if (a instanceof RegExp) return String(a) === String(b)
  if (a instanceof Error && (a.message !== (b as Error).message || a.name !== (b as Error).name)) return false
  if (a instanceof Number || a instanceof String || a instanceof Boolean) {
    if (!Object.is(a.valueOf(), (b as typeof a).valueOf())) return false
  }
  if (a instanceof Map && !sameEntries(a, b as Map<unknown, unknown>, inside)) return false
  if (a instanceof Set && !sameMembers(a, b as Set<unknown>, inside)) return false
  return sameProperties(a, b, inside)
}

function sameProperties(a: object, b: object, open: [object, object][]): boolean {
  const keys = ownKeys(a)
  if (keys.length !== ownKeys(b).length) return false
  if (Array.isArray(a) && a.length !== (b as unknown[]).length) return false
  return keys.every(
    (key) => Object.hasOwn(b, key) && isDeepEqual(Reflect.get(a, key), Reflect.get(b, key), open),
  )
}

const ownKeys = (value: object): (string | symbol)[] =>
  Reflect.ownKeys(value).filter((key) => Object.getOwnPropertyDescriptor(value, key)?.enumerable)

function sameEntries(a: Map<unknown, unknown>, b: Map<unknown, unknown>, open: [object, object][]): boolean {
  if (a.size !== b.size) return false
  return [...a].every(([key, value]) =>
    b.has(key)
      ? isDeepEqual(value, b.get(key), open)
      : [...b].some(([other, each]) => isDeepEqual(key, other, open) && isDeepEqual(value, each, open)),
  )
}

function sameMembers(a: Set<unknown>, b: Set<unknown>, open: [object, object][]): boolean {
  if (a.size !== b.size) return false
  return [...a].every((each) => b.has(each) || [...b].some((other) => isDeepEqual(each, other, open)))
}
