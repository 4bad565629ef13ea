import type { CodeExcerpt } from '../../../../protocol/socket-events.js'
import { visibleParts } from '../../ui/visible-text.js'

/** A stretch of code in one colour: offsets in UTF-16 units of the text that was coloured. */
export interface ColourRun {
  from: number
  to: number
  className: string
}

/** The runs of a text, ascending and not overlapping. */
export type Colourer = (text: string) => readonly ColourRun[]

export interface CodeSegment {
  text: string
  /** Empty for plain text. */
  className: string
}

export interface CodeLine {
  number: number
  segments: CodeSegment[]
  /** How many segments stand before the caret; null on lines without it. */
  caretAt: number | null
}

export const MARK_CLASS = 'code-mark'
/** Of what stands for the beginning of a line that was cut. */
export const CUT_CLASS = 'code-comment'
const TAB = '  '

/**
 * An excerpt as lines of segments that fit `columns` characters: without the indentation that all lines share, with what
 * can't be seen as marks. The caret's line is moved sideways as far as the caret asks for.
 */
export function codeLines(
  { lines, firstLine, caret }: CodeExcerpt,
  columns: number,
  colour: Colourer,
): CodeLine[] {
  const texts = lines.map(({ text }) => (text.endsWith('\r') ? text.slice(0, -1) : text))
  const indent = sharedIndent(texts, caret?.column ?? Number.POSITIVE_INFINITY)
  const runs = colour(texts.join('\n'))
  let lineStart = 0
  return texts.map((text, i) => {
    const start = lineStart
    lineStart += text.length + 1
    const caretAt = caret !== null && caret.line === i ? Math.min(caret.column, text.length) : null
    const from = caretAt === null ? indent : firstShown(indent, caretAt, columns)
    const to = Math.min(text.length, from + columns)
    const segments = cut(text, from, to, caretAt, (at) => {
      const { className, until } = classAt(runs, start + at)
      return { className, until: until - start }
    })
    if (from > indent) segments.unshift({ text: '…', className: CUT_CLASS, end: from })
    return {
      number: firstLine + i,
      segments: segments.map(({ text, className }) => ({ text, className })),
      caretAt: caretAt === null ? null : segments.filter(({ end }) => end <= caretAt).length,
    }
  })
}

/** One column stays for the caret itself, some more for what stands behind it and for the mark of the cut. */
const firstShown = (indent: number, caretAt: number, columns: number): number =>
  caretAt - indent < columns - 1 ? indent : caretAt - columns + 6

/** Blank lines have no say; nor does what lies behind the caret. */
function sharedIndent(texts: readonly string[], caretColumn: number): number {
  const indents = texts.filter((text) => text.trim() !== '').map((text) => text.search(/[^ \t]/))
  return indents.length === 0 ? 0 : Math.max(0, Math.min(...indents, caretColumn))
}

/** A line from `from` to `to` where neither the colour changes, nor a mark or the caret stands. */
function cut(
  text: string,
  from: number,
  to: number,
  caret: number | null,
  classAt: (offset: number) => { className: string; until: number },
): (CodeSegment & { end: number })[] {
  const segments: (CodeSegment & { end: number })[] = []
  for (const part of visibleParts(text.slice(from, to))) {
    const [partFrom, partTo] = [from + part.from, from + part.to]
    if (part.isMark) {
      const isTab = text[partFrom] === '\t'
      segments.push({ text: isTab ? TAB : part.text, className: isTab ? '' : MARK_CLASS, end: partTo })
      continue
    }
    for (let at = partFrom; at < partTo; ) {
      const { className, until } = classAt(at)
      const stop = caret !== null && caret > at ? caret : Number.POSITIVE_INFINITY
      const end = Math.min(partTo, until, stop)
      segments.push({ text: text.slice(at, end), className, end })
      at = end
    }
  }
  return segments
}

function classAt(runs: readonly ColourRun[], offset: number): { className: string; until: number } {
  // A handful of runs a line: looking through them costs less than a structure would.
  for (const run of runs) {
    if (run.to <= offset) continue
    return offset < run.from
      ? { className: '', until: run.from }
      : { className: run.className, until: run.to }
  }
  return { className: '', until: Number.POSITIVE_INFINITY }
}
