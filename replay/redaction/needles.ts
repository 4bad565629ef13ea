import { MASK_CHAR, MIN_SECRET_CHARS } from '../../protocol/redaction.js'

/** A secret in every form that is looked for. */
export interface Needles {
  readonly texts: readonly string[]
  /** Of the longest. */
  readonly maxUnits: number
  /** As a terminal shows it: without line breaks and other control characters. */
  readonly visible: Needles | null
}

export const NO_NEEDLES: Needles = { texts: [], maxUnits: 0, visible: null }

/**
 * The secret itself, with the line ends of other systems, as it stands inside a JSON string, and percent-encoded as in
 * a URL or a form. The secret has no lone surrogate.
 */
export function needlesOf(secret: string): Needles {
  const lines = [secret, secret.replace(/\r\n?/g, '\n'), secret.replace(/\r\n?|\n/g, '\r\n')]
  const forms = lines.flatMap((text) => {
    const percent = encodeURIComponent(text)
    return [
      text,
      JSON.stringify(text).slice(1, -1),
      percent,
      percent.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
      percent.replaceAll('%20', '+'),
    ]
  })
  const visible = forms.map((text) => text.replace(CONTROLS, ''))
  return { ...needles(forms), visible: needles(visible.filter((text) => text.length >= MIN_SECRET_CHARS)) }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is left out
const CONTROLS = /[\u0000-\u001f\u007f-\u009f]/g

const needles = (texts: readonly string[]): Needles => ({
  texts: [...new Set(texts)],
  maxUnits: Math.max(0, ...texts.map((text) => text.length)),
  visible: null,
})

/**
 * Each place in `text` where a needle stands, also where they overlap, that ends behind `behind`. A needle is
 * well formed, so a place never begins or ends inside a surrogate pair.
 */
export function findNeedles(
  { texts }: Needles,
  text: string,
  found: (from: number, to: number) => void,
  behind = 0,
): void {
  for (const needle of texts) {
    let at = text.indexOf(needle, Math.max(0, behind - needle.length + 1))
    while (at >= 0) {
      found(at, at + needle.length)
      at = text.indexOf(needle, at + 1)
    }
  }
  if (text.includes(MASK_CHAR)) findPartlyMasked(texts, text, found, behind)
}

/**
 * Two secrets may have begun or ended alike in one place of a file: what the later one repeated of the first is masked
 * with it, and the rest must still be found. A place counts where so much of a needle is left as a secret has at least.
 */
function findPartlyMasked(
  texts: readonly string[],
  text: string,
  found: (from: number, to: number) => void,
  behind: number,
): void {
  const reach = Math.max(0, ...texts.map(({ length }) => length))
  // Line breaks are never masked.
  const isLeft = (at: number) => at < text.length && LEFT.test(text[at] ?? MASK_CHAR)
  for (let edge = Math.max(1, behind - reach + 1); edge < text.length; edge++) {
    const isLeftBehind = isLeft(edge)
    if (isLeft(edge - 1) === isLeftBehind) continue
    // What is left of a needle stands beside such an edge, alone or with the unit next to it.
    const [near, next] = isLeftBehind ? [edge, edge + 1] : [edge - 1, edge - 2]
    const start = isLeft(next) ? Math.min(near, next) : near
    const left = text.slice(start, start + (isLeft(next) ? 2 : 1))
    for (const needle of texts) {
      for (let i = needle.indexOf(left); i >= 0; i = needle.indexOf(left, i + 1)) {
        const from = start - i
        const to = from + needle.length
        if (from < 0 || from >= edge || to <= edge || to > text.length || to <= behind) continue
        if (unitsLeft(needle, text, from) >= MIN_SECRET_CHARS) found(from, to)
      }
    }
  }
}

const LEFT = /[^\r\n\u2588]/

/** How many units of the needle stand there among masked ones; 0 where another text does. */
function unitsLeft(needle: string, text: string, from: number): number {
  let left = 0
  for (let i = 0; i < needle.length; i++) {
    const unit = text[from + i]
    if (unit === MASK_CHAR) continue
    if (unit !== needle[i]) return 0
    if (unit !== '\n' && unit !== '\r') left++
  }
  return left
}
