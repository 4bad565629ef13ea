import { FILE_TYPES, FileTracker } from '../file-tracker.js'
import { PartJoiner, wholeEvents } from '../whole-events.js'
import { type Html, html } from './escape.js'
import type { ReportInput } from './report.js'
import { count, counted } from './words.js'

const MAX_FILE_CHARS = 256 * 1024
const MAX_FILE_LINES = 6000
const MAX_ALL_CHARS = 4 * 1024 * 1024
const MAX_FILES = 2000
const LINES_A_PIECE = 200
const GIT_HAS_ALL = 'The git export has all of it.'

/** Every file as it was at the end, with numbered lines. */
export async function* codeSection({ source }: ReportInput): AsyncGenerator<Html> {
  const tracker = new FileTracker()
  const joiner = new PartJoiner()
  for await (const event of wholeEvents(source, FILE_TYPES, joiner)) tracker.apply(event)
  const files = tracker.files().sort((a, b) => (a.path < b.path ? -1 : 1))
  if (files.length === 0)
    yield html`<p class="empty">There are no files at the end.</p>
`
  let leftChars = MAX_ALL_CHARS
  for (const [i, file] of files.entries()) {
    if (leftChars <= 0 || i >= MAX_FILES) {
      yield html`<p class="cut">${counted(files.length - i, 'more file')} not shown here: this page would become too large. ${GIT_HAS_ALL}</p>
`
      break
    }
    const text = file.text.toString()
    yield html`<article class="file"><h3><code class="theirs">${file.path.slice(0, 500)}</code> <small>${counted(linesIn(text), 'line')}, ${counted(text.length, 'character')}</small></h3>
`
    yield* fileHtml(text.slice(0, Math.min(MAX_FILE_CHARS, leftChars)), text.length)
    leftChars -= text.length
    yield html`</article>
`
  }
  const leftOut = tracker.leftOut + joiner.leftOut
  if (leftOut > 0)
    yield html`<p class="cut">${counted(leftOut, 'event')} could not be applied to these files: pieces were missing, or the files had become too large to be held together.</p>
`
}

function* fileHtml(text: string, wholeChars: number): Generator<Html> {
  if (wholeChars === 0) {
    yield html`<p class="empty">The file is empty.</p>`
    return
  }
  const all = text.endsWith('\n') ? text.slice(0, -1).split('\n') : text.split('\n')
  const lines = all.slice(0, MAX_FILE_LINES)
  yield html`<pre class="code" style="--digits:${String(lines.length).length}">`
  for (let at = 0; at < lines.length; at += LINES_A_PIECE) {
    // A line of its own for each; an empty one would have no height.
    yield html`${lines.slice(at, at + LINES_A_PIECE).map((line) => html`<span>${line.replace(/\r$/, '') || ' '}</span>`)}`
  }
  yield html`</pre>
`
  const omitted = wholeChars > text.length || all.length > lines.length
  if (omitted)
    yield html`<p class="cut">The file goes on; its first ${counted(lines.length, 'line')} of ${count(wholeChars)} characters are shown. ${GIT_HAS_ALL}</p>
`
}

function linesIn(text: string): number {
  if (text === '') return 0
  let lines = text.endsWith('\n') ? 0 : 1
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines++
  return lines
}
