import { MIN_SECRET_CHARS } from '../../protocol/redaction.js'

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
}
