import { announceTheme } from '../ui/theme.js'

/**
 * Follows a page that changes its colour scheme: that is told nowhere, but pages do it by an attribute of their root or
 * their body. Colours of text follow by themselves; what is drawn is drawn again. Returns how to stop.
 */
export function watchPageTheme(): () => void {
  const changes = new MutationObserver(() => announceTheme())
  for (const element of [document.documentElement, document.body])
    changes.observe(element, { attributes: true })
  return () => changes.disconnect()
}
