const MARKUP: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
/** Markup, and runs of one character that is not seen or changes the direction of writing. */
const SPECIAL =
  /[&<>"']|((?![\t\n])\p{Cc}|[\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\p{Surrogate})\1*/gu

/** A candidate's text as HTML: no markup of its own, and what can't be seen is shown by its code. */
export const escapeHtml = (text: string): string => text.replace(SPECIAL, escapeOne)

function escapeOne(found: string): string {
  const markup = MARKUP[found]
  if (markup !== undefined) return markup
  const code = (found.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
  const times = found.length === 1 ? '' : `×${found.length}`
  return `<i class="u" title="U+${code}">${code}${times}</i>`
}

/** Sequences by which a program colours its output, moves the cursor or sets a title; whole ones, so that none hides the rest. */
const ESC = '\\u001b'
const ANSI = new RegExp(
  `${ESC}(?:\\[[0-?]*[ -/]*[@-~]|\\][^\\u0007\\u001b]{0,2000}(?:\\u0007|${ESC}\\\\)|[()][ -~]|[=>78cDEHM])`,
  'g',
)

/** What a program printed, as text: without colours, a line for each state of a line that it wrote over. */
export const printedText = (output: string): string =>
  output.replace(ANSI, '').replace(/\r+\n/g, '\n').replace(/\r/g, '\n')

/** A safe template: strings that are put in are escaped, what `html` made is not, lists are joined. */
export class Html {
  constructor(readonly markup: string) {}
}

type Insertable = string | number | Html | null | readonly Insertable[]

export function html(parts: TemplateStringsArray, ...values: readonly Insertable[]): Html {
  let markup = parts[0] as string
  for (const [i, value] of values.entries()) markup += insert(value) + parts[i + 1]
  return new Html(markup)
}

function insert(value: Insertable): string {
  if (value === null) return ''
  if (value instanceof Html) return value.markup
  if (typeof value === 'object') return value.map(insert).join('')
  return escapeHtml(String(value))
}
