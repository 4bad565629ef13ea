/** How cards of one size stand in rows. */
export interface GridShape {
  columns: number
  cardWidth: number
  rowHeight: number
  rows: number
  /** Of all rows, without the gap behind the last one. */
  height: number
}

export const CARD_MIN_WIDTH = 304
export const CARD_HEIGHT = 272
export const CARD_GAP = 12

/** As many columns of at least `CARD_MIN_WIDTH` as there is room for, all equally wide. All in px. */
export function gridShape(count: number, width: number): GridShape {
  const columns = Math.max(1, Math.floor((width + CARD_GAP) / (CARD_MIN_WIDTH + CARD_GAP)))
  const rowHeight = CARD_HEIGHT + CARD_GAP
  const rows = Math.ceil(count / columns)
  return {
    columns,
    cardWidth: Math.max(0, (width - CARD_GAP * (columns - 1)) / columns),
    rowHeight,
    rows,
    height: Math.max(0, rows * rowHeight - CARD_GAP),
  }
}

/** The cards from `from` up to `to`, exclusively. */
export interface CardRange {
  from: number
  to: number
}

/** Rows beyond the screen's edges that are drawn, so that a turn of the wheel meets no empty place. */
const EXTRA_ROWS = 1

/**
 * The cards to draw.
 * @param top where the screen begins in the grid, px; negative where the grid begins below
 */
export function cardsInView(
  { columns, rows, rowHeight }: GridShape,
  count: number,
  top: number,
  height: number,
): CardRange {
  const firstRow = Math.floor(top / rowHeight) - EXTRA_ROWS
  const lastRow = Math.floor((top + height) / rowHeight) + EXTRA_ROWS
  const clamp = (row: number) => Math.min(rows, Math.max(0, row))
  return {
    from: Math.min(count, clamp(firstRow) * columns),
    to: Math.min(count, clamp(lastRow + 1) * columns),
  }
}

/** Where a key leads from a card; null: out of the grid. */
export function nextCard(index: number, key: string, count: number, columns: number): number | null {
  const steps: Record<string, number> = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowUp: -columns,
    ArrowDown: columns,
  }
  if (key === 'Home') return 0
  if (key === 'End') return count - 1
  const next = index + (steps[key] ?? 0)
  // From the last full row the shorter one below is still down.
  if (key === 'ArrowDown' && next >= count && Math.floor(index / columns) < Math.floor((count - 1) / columns))
    return count - 1
  return next >= 0 && next < count ? next : null
}
