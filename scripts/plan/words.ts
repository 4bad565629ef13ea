/** 12,300 or 0.04: three digits where there are no more. */
export function amount(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en')
  return value >= 10 ? value.toFixed(0) : Number(value.toPrecision(2)).toString()
}

/** 3,600: of what is computed from measurements two digits are known, not more. */
export const roughly = (value: number): string =>
  value < 100 ? amount(value) : Number(value.toPrecision(2)).toLocaleString('en')

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']

/** 1.2 GB, by powers of 1000. */
export function bytes(value: number): string {
  let unit = 0
  let shown = value
  for (; shown >= 1_000 && unit < UNITS.length - 1; unit++) shown /= 1_000
  return `${shown >= 10 || unit === 0 ? Math.round(shown) : shown.toFixed(1)} ${UNITS[unit]}`
}

export const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`

export const percent = (share: number): string => `${Math.round(share * 100)} %`

/** Lines of a table, the first column to the left and the others to the right. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => (row[i] ?? '').length)))
  return rows.map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('   ')
      .trimEnd(),
  )
}
