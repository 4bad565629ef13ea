/** How many cells of the terminal a text takes. */
export function cellsOf(text: string): number {
  let cells = 0
  for (const char of text) cells += widthOf(char)
  return cells
}

/** Where the cursor stands after a text that began at the left edge, on a screen that wraps. */
export function placeAfter(text: string, columns: number): { row: number; column: number } {
  let row = 0
  let column = 0
  for (const char of text) {
    const width = widthOf(char)
    if (column + width > columns) {
      row++
      column = 0
    }
    column += width
  }
  return column === columns ? { row: row + 1, column: 0 } : { row, column }
}

/** As xterm.js counts without an addon: emoji take one cell, East Asian wide characters two. */
function widthOf(char: string): number {
  if (/[\p{Mn}\p{Me}\p{Cf}]/u.test(char)) return 0
  const code = char.codePointAt(0) ?? 0
  return WIDE.some(([from, to]) => code >= from && code <= to) ? 2 : 1
}

const WIDE = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0xa4cf],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x20000, 0x2fffd],
  [0x30000, 0x3fffd],
] as const
