import { isDark, resolveColours } from '../../ui/theme.js'

/** The colours of its place as a terminal takes them; to be asked again when the theme changes. */
export function screenColours(place: Element = document.body) {
  const { content, ink, accent, selection, line, ...rest } = resolveColours(
    ['content', 'ink', 'accent', 'selection', 'line', 'line-strong'],
    place,
  )
  return {
    background: content,
    foreground: ink,
    cursor: accent,
    cursorAccent: content,
    selectionBackground: selection,
    overviewRulerBorder: content,
    scrollbarSliderBackground: line,
    scrollbarSliderHoverBackground: rest['line-strong'],
    scrollbarSliderActiveBackground: rest['line-strong'],
    ...ANSI[isDark(place) ? 'dark' : 'light'],
  }
}

const ANSI = {
  light: {
    black: '#14181d',
    red: '#b3261e',
    green: '#2e6b2c',
    yellow: '#7a4b00',
    blue: '#1c4fb0',
    magenta: '#7a3e9d',
    cyan: '#0f5f82',
    white: '#d3d8de',
    brightBlack: '#58626d',
    brightRed: '#c93a31',
    brightGreen: '#3a7f37',
    brightYellow: '#8f5a06',
    brightBlue: '#2f62c7',
    brightMagenta: '#8f52b3',
    brightCyan: '#1a7299',
    brightWhite: '#ffffff',
  },
  dark: {
    black: '#2a2f37',
    red: '#ff7d72',
    green: '#a3cf8f',
    yellow: '#e9b04a',
    blue: '#9cbcff',
    magenta: '#cf9ff0',
    cyan: '#7cc7e6',
    white: '#d5dae0',
    brightBlack: '#8b95a1',
    brightRed: '#ff9b92',
    brightGreen: '#b9e0a6',
    brightYellow: '#f3c673',
    brightBlue: '#b5cdff',
    brightMagenta: '#dcb8f5',
    brightCyan: '#9ad6ef',
    brightWhite: '#ffffff',
  },
}
