/** `from '…'`, `import '…'` and `import('…')`, as the compiler writes them into declarations. */
const SPECIFIER = /(\bfrom\s*|\bimport\s*\(?\s*)(["'])([^"'\n]+)\2/g

/**
 * A text of declarations in which what it names of other files is named otherwise; packages stay.
 * @param {string} text
 * @param {(from: string) => string} rename
 */
export const mapSpecifiers = (text, rename) =>
  text.replace(SPECIFIER, (whole, before, quote, from) =>
    from.startsWith('.') ? `${before}${quote}${rename(from)}${quote}` : whole,
  )
