/** @typedef {{ median: number, low?: number, high?: number }} Shown */

/** Whole numbers, with the spread of the rounds where there are several. */
export const micros = (/** @type {Shown} */ value) => shown(value, (us) => us.toFixed(us < 10 ? 1 : 0))
export const megabytes = (/** @type {Shown} */ value) => shown(value, (bytes) => (bytes / 1e6).toFixed(2))
export const bytes = (/** @type {number} */ value) => value.toFixed(value < 100 ? 1 : 0)

function shown(/** @type {Shown} */ { median, low, high }, /** @type {(value: number) => string} */ format) {
  if (Number.isNaN(median)) return ''
  const hasSpread = low !== undefined && high !== undefined && format(low) !== format(high)
  return hasSpread ? `${format(median)} (${format(low)}–${format(high)})` : format(median)
}

/**
 * @param {string[]} head
 * @param {string[][]} rows
 * @returns {string[]} lines, the first column to the left and the others to the right
 */
export function table(head, rows) {
  const all = [head, ...rows]
  const widths = head.map((_, i) => Math.max(...all.map((row) => (row[i] ?? '').length)))
  return all.map((row) =>
    `  ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('   ')}`.trimEnd(),
  )
}
