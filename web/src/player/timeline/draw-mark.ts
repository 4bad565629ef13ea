import type { OverviewMark } from '../../../../replay/index.js'

export const MARK_PX = 7

/** Each kind has a shape of its own: colour is never the only difference. `x`, `y`: its middle. */
export function drawMark(
  pen: CanvasRenderingContext2D,
  kind: OverviewMark['kind'],
  x: number,
  y: number,
  colour: string,
): void {
  const r = MARK_PX / 2
  pen.fillStyle = colour
  pen.strokeStyle = colour
  pen.lineWidth = 1.5
  pen.beginPath()
  if (kind === 'pass') {
    pen.moveTo(x - r, y)
    pen.lineTo(x - 1, y + r - 1)
    pen.lineTo(x + r, y - r)
    pen.stroke()
  } else if (kind === 'fail' || kind === 'loss') {
    pen.moveTo(x - r, y - r)
    pen.lineTo(x + r, y + r)
    pen.moveTo(x + r, y - r)
    pen.lineTo(x - r, y + r)
    pen.stroke()
  } else if (kind === 'mixed') {
    pen.rect(x - r + 0.5, y - r + 0.5, MARK_PX - 1, MARK_PX - 1)
    pen.stroke()
    pen.fillRect(x - r, y, MARK_PX, r)
  } else if (kind === 'ai') {
    pen.arc(x, y, r - 0.5, 0, 2 * Math.PI)
    pen.stroke()
  } else {
    pen.moveTo(x, y - r - 0.5)
    pen.lineTo(x + r + 0.5, y + r)
    pen.lineTo(x - r - 0.5, y + r)
    pen.closePath()
    if (kind === 'note') pen.stroke()
    else pen.fill()
  }
}
