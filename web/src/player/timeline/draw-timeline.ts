import type { OverviewMark } from '../../../../replay/index.js'
import { clock, span } from '../../ui/format.js'
import { resolveColours } from '../../ui/theme.js'
import { drawMark, MARK_PX } from './draw-mark.js'
import type { TimelinePicture } from './timeline-picture.js'

/** Rows from top to bottom; heights in CSS pixels, as the labels beside them have. */
export const ROWS = [
  { name: 'time', label: '', height: 16 },
  { name: 'edits', label: 'edits', height: 24 },
  { name: 'terminal', label: 'terminal', height: 20 },
  { name: 'tests', label: 'tests', height: 16 },
  { name: 'remarks', label: 'AI, notes', height: 16 },
  { name: 'checkpoints', label: 'saved', height: 16 },
] as const
type Row = (typeof ROWS)[number]['name']

export const LANES_PX = ROWS.reduce((sum, { height }) => sum + height, 0)
const SPACE_PX = 4
const BREAK_LEAST_PX = 3
const HATCH_PX = 6
const TICK_PX = 6

const bottoms = new Map<Row, number>()
for (const [i, { name }] of ROWS.entries())
  bottoms.set(
    name,
    ROWS.slice(0, i + 1).reduce((sum, { height }) => sum + height, 0),
  )
const bottomOf = (row: Row): number => bottoms.get(row) as number
const middleOf = (row: Row): number =>
  bottomOf(row) - (ROWS.find(({ name }) => name === row)?.height ?? 0) / 2 - 0.5

const COLOURS = [
  'ink-quiet',
  'ink-chrome',
  'line',
  'accent',
  'signal',
  'failure',
  'hover',
  'content',
] as const
type Colour = (typeof COLOURS)[number]

const INK: Record<OverviewMark['kind'], Colour> = {
  pass: 'accent',
  mixed: 'failure',
  fail: 'failure',
  ai: 'ink-chrome',
  note: 'accent',
  signal: 'signal',
  loss: 'failure',
  checkpoint: 'ink-quiet',
}

/** Paints the lanes. */
export function drawTimeline(canvas: HTMLCanvasElement, picture: TimelinePicture): void {
  const { width } = picture
  const pen = penFor(canvas, width)
  if (pen === null) return
  const place = canvas.parentElement ?? document.body
  const colours = resolveColours(COLOURS, place)
  pen.fillStyle = colours.content
  pen.fillRect(0, bottomOf('time'), width, LANES_PX - bottomOf('time'))
  drawTicks(pen, picture.ticks, colours)
  for (const fold of picture.folds) drawFold(pen, fold, colours)
  pen.fillStyle = colours.line
  for (const { name } of ROWS) pen.fillRect(0, bottomOf(name) - 1, width, 1)
  for (const { x, width: across } of picture.breaks)
    drawBreak(pen, x, Math.max(BREAK_LEAST_PX, across), colours['ink-quiet'])
  drawBars(pen, 'edits', picture.bars.edits, colours['ink-chrome'])
  drawBars(pen, 'terminal', picture.bars.terminal, colours['ink-quiet'])
  for (const { x, mark } of picture.marks) {
    const colour = colours[INK[mark.kind]]
    if (mark.lane === 'checkpoints') {
      pen.fillStyle = colour
      pen.fillRect(Math.round(x), bottomOf('checkpoints') - 9, 1, 6)
    } else {
      const held = Math.min(width - MARK_PX / 2, Math.max(MARK_PX / 2, x))
      drawMark(pen, mark.kind, held, middleOf(mark.lane), colour)
    }
  }
}

function penFor(canvas: HTMLCanvasElement, width: number): CanvasRenderingContext2D | null {
  const scale = devicePixelRatio || 1
  canvas.width = Math.round(width * scale)
  canvas.height = Math.round(LANES_PX * scale)
  canvas.style.width = `${width}px`
  canvas.style.height = `${LANES_PX}px`
  const pen = canvas.getContext('2d')
  pen?.scale(scale, scale)
  return pen
}

function drawTicks(
  pen: CanvasRenderingContext2D,
  ticks: TimelinePicture['ticks'],
  colours: Record<Colour, string>,
): void {
  pen.font = '10px "Inter Variable", system-ui, sans-serif'
  pen.textBaseline = 'alphabetic'
  for (const { x, sinceStartMs } of ticks) {
    const left = Math.round(x)
    pen.fillStyle = colours.line
    pen.fillRect(left, bottomOf('time') - TICK_PX, 1, LANES_PX)
    pen.fillStyle = colours['ink-quiet']
    pen.fillText(clock(sinceStartMs), left + SPACE_PX, bottomOf('time') - SPACE_PX)
  }
}

/** A notch through all lanes: time was left out here. */
function drawFold(
  pen: CanvasRenderingContext2D,
  { x, width, ms }: TimelinePicture['folds'][number],
  colours: Record<Colour, string>,
): void {
  const top = bottomOf('time')
  pen.fillStyle = colours.hover
  pen.fillRect(x, top, width, LANES_PX - top)
  pen.strokeStyle = colours['ink-quiet']
  pen.lineWidth = 1
  pen.setLineDash([2, 3])
  pen.beginPath()
  for (const side of [x, x + width]) {
    pen.moveTo(Math.round(side) + 0.5, top)
    pen.lineTo(Math.round(side) + 0.5, LANES_PX)
  }
  pen.stroke()
  pen.setLineDash([])
  const label = `idle ${span(ms)}`
  if (pen.measureText(label).width > width - 2 * SPACE_PX) return
  pen.fillStyle = colours['ink-quiet']
  pen.fillText(label, Math.max(0, x) + SPACE_PX, middleOf('edits') + SPACE_PX)
}

/** Hatched over all lanes: nothing is there, on purpose. */
function drawBreak(pen: CanvasRenderingContext2D, x: number, width: number, colour: string): void {
  pen.save()
  pen.beginPath()
  pen.rect(x, bottomOf('time'), width, LANES_PX)
  pen.clip()
  pen.strokeStyle = colour
  pen.lineWidth = 1
  pen.globalAlpha = 0.45
  pen.beginPath()
  for (let at = x - LANES_PX; at < x + width; at += HATCH_PX) {
    pen.moveTo(at, LANES_PX)
    pen.lineTo(at + LANES_PX, 0)
  }
  pen.stroke()
  pen.restore()
}

function drawBars(
  pen: CanvasRenderingContext2D,
  row: 'edits' | 'terminal',
  bars: TimelinePicture['bars']['edits'],
  colour: string,
): void {
  const tallest = (ROWS.find(({ name }) => name === row)?.height ?? 0) - SPACE_PX
  const bottom = bottomOf(row) - 1
  pen.fillStyle = colour
  for (const { x, width, level } of bars) {
    const tall = Math.max(2, level * tallest)
    pen.fillRect(x, bottom - tall, Math.max(1, width - 1), tall)
  }
}
