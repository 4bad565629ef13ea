import { visibleText } from '../../ui/visible-text.js'

/** A stretch of a command's output in one look. Colours are names of the eight ANSI ones. */
export interface AnsiRun {
  text: string
  colour: AnsiColour | null
  bold: boolean
}

const COLOURS = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'] as const
export type AnsiColour = (typeof COLOURS)[number]

const spelled = (pattern: string): string => pattern.replaceAll('ESC', '\\u001b').replaceAll('BEL', '\\u0007')
const SEQUENCE = new RegExp(
  [
    'ESC\\[([0-9;:<=>?]*)[ -/]*([@-~])', // control sequences; `m` sets the look
    'ESC[\\]PX^_][^ESCBEL]*(?:BEL|ESC\\\\|$)', // strings: titles, links, clipboard
    'ESC[ -/]*[0-~]?', // everything else
  ]
    .map(spelled)
    .join('|'),
  'g',
)
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this removes
const CONTROLS = /[\u0000-\u0008\u000b-\u001a\u001c-\u001f\u007f]/g

/**
 * A command's output as runs of plain text. Of all escape sequences only the foreground colour and boldness
 * are kept; a line that was drawn over itself (`\r`) shows its last version. Other control characters go; what else nobody
 * sees, such as overrides of the writing direction, is a mark as in every pane.
 */
export function ansiRuns(output: string): AnsiRun[] {
  const runs: AnsiRun[] = []
  let colour: AnsiColour | null = null
  let bold = false
  const add = (raw: string) => {
    const drawn = raw.split('\n').map(lastVersion).join('\n').replace(CONTROLS, '')
    const text = visibleText(drawn, Number.POSITIVE_INFINITY)
    const last = runs.at(-1)
    if (text === '') return
    if (last !== undefined && last.colour === colour && last.bold === bold) last.text += text
    else runs.push({ text, colour, bold })
  }
  let from = 0
  for (const match of output.matchAll(SEQUENCE)) {
    add(output.slice(from, match.index))
    from = match.index + match[0].length
    if (match[2] !== 'm') continue
    for (const code of (match[1] || '0').split(/[;:]/).map(Number)) {
      if (code === 0) [colour, bold] = [null, false]
      else if (code === 1) bold = true
      else if (code === 22) bold = false
      else if (code >= 30 && code <= 37) colour = COLOURS[code - 30] ?? null
      else if (code >= 90 && code <= 97) colour = COLOURS[code - 90] ?? null
      else if (code === 39) colour = null
      // 38 and 48 are followed by a colour of the program's own choice, which these names can't tell.
      else if (code === 38 || code === 48) break
    }
  }
  add(output.slice(from))
  return runs
}

/** What a line shows in the end: each lone carriage return starts it anew. */
function lastVersion(line: string): string {
  const written = line.endsWith('\r') ? line.slice(0, -1) : line
  return written.slice(written.lastIndexOf('\r') + 1)
}
