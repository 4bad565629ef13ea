/** @param {readonly number[]} values */
export const sum = (values) => values.reduce((total, value) => total + value, 0)

/** @param {readonly number[]} values */
export const mean = (values) => sum(values) / values.length

/**
 * @param {readonly number[]} values
 * @param {number} share 0.5 for the median
 */
export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/**
 * The middle of some rounds' results, with the lowest and the highest.
 * @param {readonly number[]} values
 */
export function spread(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = ((sorted[(sorted.length - 1) >> 1] ?? NaN) + (sorted[sorted.length >> 1] ?? NaN)) / 2
  return { median: middle, low: sorted[0] ?? NaN, high: sorted.at(-1) ?? NaN }
}
