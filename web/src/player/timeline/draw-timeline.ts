import { resolveColours } from '../../ui/theme.js'
import type { Mark, TimelineModel } from './timeline-model.js'

export const LANE_LABELS = ['edits', 'terminal', 'tests', 'AI, notes'] as const
/** As tall as the labels beside it. */
const LANE_PX = 20
const BAR_TALLEST_PX = 16
const MARK_PX = 7
const BREAK_LEAST_PX = 3
const HATCH_PX = 6

/** Paints the lanes; `width` in CSS pixels. */
export function drawTimeline(
  canvas: HTMLCanvasElement,
  width: number,
  model: TimelineModel,
  startMs: number,
  endMs: number,
): void {
  const height = LANE_LABELS.length * LANE_PX
  const scale = devicePixelRatio || 1
  canvas.width = Math.round(width * scale)
  canvas.height = Math.round(height * scale)
  canvas.style.width = `${width}px`
  canvas.style.height = `${height}px`
  const pen = canvas.getContext('2d')
  if (pen === null) return
  pen.scale(scale, scale)
  const colours = resolveColours([
    'ink-quiet',
    'ink-chrome',
    'line',
    'accent',
    'signal',
    'failure',
    'content',
  ])

  pen.fillStyle = colours.line
  for (let lane = 1; lane <= LANE_LABELS.length; lane++) pen.fillRect(0, lane * LANE_PX - 1, width, 1)
  const placeOf = (atMs: number) => ((atMs - startMs) / Math.max(1, endMs - startMs)) * width
  for (const { fromMs, toMs } of model.breaks) {
    const from = placeOf(fromMs)
    drawBreak(pen, from, Math.max(BREAK_LEAST_PX, placeOf(toMs) - from), height, colours['ink-quiet'])
  }
  drawBars(pen, model.edits, width, LANE_PX, colours['ink-chrome'])
  drawBars(pen, model.terminal, width, 2 * LANE_PX, colours['ink-quiet'])

  const ink: Record<Mark['kind'], string> = {
    pass: colours.accent,
    mixed: colours.failure,
    fail: colours.failure,
    ai: colours['ink-chrome'],
    note: colours.accent,
    signal: colours.signal,
    loss: colours.failure,
  }
  for (const mark of model.marks) {
    const x = placeOf(mark.atMs)
    const y = (mark.lane === 'tests' ? 2.5 : 3.5) * LANE_PX - 0.5
    drawMark(pen, mark.kind, Math.min(width - MARK_PX / 2, Math.max(MARK_PX / 2, x)), y, ink[mark.kind])
  }
}

/** Hatched over all lanes: nothing is there, on purpose. */
function drawBreak(
  pen: CanvasRenderingContext2D,
  x: number,
  width: number,
  height: number,
  colour: string,
): void {
  pen.save()
  pen.beginPath()
  pen.rect(x, 0, width, height)
  pen.clip()
  pen.strokeStyle = colour
  pen.lineWidth = 1
  pen.globalAlpha = 0.45
  pen.beginPath()
  for (let at = x - height; at < x + width; at += HATCH_PX) {
    pen.moveTo(at, height)
    pen.lineTo(at + height, 0)
  }
  pen.stroke()
  pen.restore()
}

function drawBars(
  pen: CanvasRenderingContext2D,
  levels: Float32Array,
  width: number,
  bottom: number,
  colour: string,
): void {
  const step = width / levels.length
  pen.fillStyle = colour
  levels.forEach((level, i) => {
    if (level === 0) return
    const tall = Math.max(2, level * BAR_TALLEST_PX)
    pen.fillRect(i * step, bottom - 1 - tall, Math.max(1, step - 1), tall)
  })
}

/** Each kind has a shape of its own: colour is never the only difference. */
function drawMark(
  pen: CanvasRenderingContext2D,
  kind: Mark['kind'],
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
