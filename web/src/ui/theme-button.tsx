import { Icon } from './icon.js'
import { setTheme, type Theme, useTheme } from './theme.js'

const NEXT: Record<Theme, Theme> = { system: 'light', light: 'dark', dark: 'system' }
const ICONS = { system: 'system', light: 'sun', dark: 'moon' } as const
const NAMES: Record<Theme, string> = { system: 'as the system', light: 'light', dark: 'dark' }

export function ThemeButton() {
  const theme = useTheme()
  const label = `Colours: ${NAMES[theme]}. Change to ${NAMES[NEXT[theme]]}`
  return (
    <button
      type="button"
      className="button"
      title={label}
      aria-label={label}
      onClick={() => setTheme(NEXT[theme])}
    >
      <Icon name={ICONS[theme]} />
    </button>
  )
}
