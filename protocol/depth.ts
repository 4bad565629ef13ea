/**
 * Whether `value`, as it comes out of JSON.parse, is nested deeper than `levels` (a list in a list is 2 deep).
 * JSON.parse takes any depth, while JSON.stringify and most other readers of a value run out of stack.
 */
export function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (levels === 0) return true
  for (const item of Array.isArray(value) ? value : Object.values(value)) {
    // Most of what an event holds is no object, and is not worth a call.
    if (typeof item === 'object' && isDeeperThan(item, levels - 1)) return true
  }
  return false
}
