import { useSyncExternalStore } from 'react'

/** `system` follows the operating system. The choice is kept per browser. */
export type Theme = 'system' | 'light' | 'dark'

const KEY = 'console.theme'
const CHANGED = 'console:theme'
const systemDark = matchMedia('(prefers-color-scheme: dark)')

export const theme = (): Theme => (document.documentElement.dataset.theme as Theme | undefined) ?? 'system'

export function setTheme(next: Theme): void {
  if (next === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = next
  try {
    if (next === 'system') localStorage.removeItem(KEY)
    else localStorage.setItem(KEY, next)
  } catch {
    // Storage is switched off: the choice holds until the page is left.
  }
  announceTheme()
}

/** Whoever drew with colours draws again. For changes that nothing else tells of. */
export const announceTheme = (): boolean => dispatchEvent(new Event(CHANGED))

/** Calls back whenever the colours on screen may have changed; returns how to stop. */
export function onThemeChange(listener: () => void): () => void {
  addEventListener(CHANGED, listener)
  systemDark.addEventListener('change', listener)
  return () => {
    removeEventListener(CHANGED, listener)
    systemDark.removeEventListener('change', listener)
  }
}

export const useTheme = (): Theme => useSyncExternalStore(onThemeChange, theme)

/**
 * The value of colour tokens as drawing code needs them (canvas, terminal): custom properties hold
 * `light-dark(…)`, which only a real property resolves. `place`: where they are drawn; parts of a page may differ.
 */
export function resolveColours<Name extends string>(
  names: readonly Name[],
  place: Element = document.body,
): Record<Name, string> {
  const probe = document.createElement('span')
  place.append(probe)
  const colours = {} as Record<Name, string>
  for (const name of names) {
    probe.style.color = `var(--${name})`
    colours[name] = getComputedStyle(probe).color
  }
  probe.remove()
  return colours
}

/** Whether what is drawn at a place is light on dark. */
export function isDark(place: Element = document.body): boolean {
  const [red = 255] = resolveColours(['content'], place).content.match(/\d+/g)?.map(Number) ?? []
  return red < 128
}
