export const DIRECTIONS = ['ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight'] as const
export type Direction = (typeof DIRECTIONS)[number]

/**
 * Moves the focus to the nearest of `places` in a direction; to the first one when none of them has it. Works
 * for grids that wrap and tables alike, since it looks at where things are on screen.
 */
export function moveFocus(places: readonly HTMLElement[], direction: Direction): void {
  const from = places.find((place) => place === document.activeElement)
  if (from === undefined) {
    places[0]?.focus()
    return
  }
  const here = centre(from)
  const ranked = places
    .map((place) => ({ place, cost: costOf(here, centre(place), direction) }))
    .filter(({ cost }) => cost !== null)
    .sort((a, b) => (a.cost as number) - (b.cost as number))
  ranked[0]?.place.focus()
}

interface Point {
  x: number
  y: number
}

const centre = (place: HTMLElement): Point => {
  const box = place.getBoundingClientRect()
  return { x: box.left + box.width / 2, y: box.top + box.height / 2 }
}

/** null: not in that direction. Moving across costs more than moving on. */
export function costOf(from: Point, to: Point, direction: Direction): number | null {
  const horizontal = direction === 'ArrowLeft' || direction === 'ArrowRight'
  const forward = direction === 'ArrowRight' || direction === 'ArrowDown' ? 1 : -1
  const along = (horizontal ? to.x - from.x : to.y - from.y) * forward
  const across = Math.abs(horizontal ? to.y - from.y : to.x - from.x)
  if (along < 4 || (horizontal && across > 40)) return null
  return along + across * 0.5
}
