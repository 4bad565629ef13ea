import interExt from '@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2?url'
import inter from '@fontsource-variable/inter/files/inter-latin-wght-normal.woff2?url'
import monoExt from '@fontsource-variable/jetbrains-mono/files/jetbrains-mono-latin-ext-wght-normal.woff2?url'
import mono from '@fontsource-variable/jetbrains-mono/files/jetbrains-mono-latin-wght-normal.woff2?url'

// As @fontsource-variable has them.
const LATIN =
  'U+0000-00FF,U+0131,U+0152-0153,U+02BB-02BC,U+02C6,U+02DA,U+02DC,U+0304,U+0308,U+0329,U+2000-206F,U+20AC,U+2122,U+2191,U+2193,U+2212,U+2215,U+FEFF,U+FFFD'
const LATIN_EXT =
  'U+0100-02BA,U+02BD-02C5,U+02C7-02CC,U+02CE-02D7,U+02DD-02FF,U+0304,U+0308,U+0329,U+1D00-1DBF,U+1E00-1E9F,U+1EF2-1EFF,U+2020,U+20A0-20AB,U+20AD-20C0,U+2113,U+2C60-2C7F,U+A720-A7FF'

const FACES = [
  ['Inter Variable', inter, LATIN, '100 900'],
  ['Inter Variable', interExt, LATIN_EXT, '100 900'],
  ['JetBrains Mono Variable', mono, LATIN, '100 800'],
  ['JetBrains Mono Variable', monoExt, LATIN_EXT, '100 800'],
] as const

let isOffered = false

/**
 * Offers the player's fonts to the page: style sheets of a shadow root may not. Each is fetched when it is needed; where
 * the page's policy has none of it, the system's fonts are there.
 */
export function offerFonts(): void {
  if (isOffered) return
  isOffered = true
  for (const [family, url, unicodeRange, weight] of FACES)
    document.fonts.add(new FontFace(family, `url(${JSON.stringify(url)})`, { unicodeRange, weight }))
}
