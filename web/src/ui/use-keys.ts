import { createContext, useContext, useEffect, useRef } from 'react'

/**
 * What each key does, by `KeyboardEvent.key`; with `Shift+` before keys that write nothing (`Shift+ArrowLeft`), and
 * `Mod+` for the control key, on a Mac the command key (`Mod+f`).
 */
export type KeyMap = readonly (readonly [key: string, act: () => void])[]

/**
 * Where the keys of a part of a page hold: answers the element that a key was pressed in, null for keys that mean
 * something else. A whole page takes all of its own.
 */
export const KeyScope = createContext((event: KeyboardEvent): Element | null =>
  event.target instanceof Element ? event.target : document.body,
)

/** Elements that have a use of their own for keys. */
const TYPING = 'input:not([type="checkbox"]), textarea, select, dialog'
const PRESSED_BY_SPACE_AND_ENTER = 'button, a, summary, input, [role="tab"]'
const MOVED_BY_ARROWS = '.scroller, .cm-editor, .terminal-screen, [role="tablist"]'

/** Keys that hold wherever the focus is, unless the focused element uses them itself. */
export function useKeys(keys: KeyMap): void {
  const current = useRef(keys)
  current.current = keys
  const pressedIn = useContext(KeyScope)
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.altKey) return
      const target = pressedIn(event)
      if (target === null) return
      const isWish = event.ctrlKey || event.metaKey
      const { key } = event
      if (target.closest(isWish ? 'dialog' : TYPING) !== null) return
      if ((key === ' ' || key === 'Enter') && target.closest(PRESSED_BY_SPACE_AND_ENTER) !== null) return
      if (/^(Arrow|Home|End|Page)/.test(key) && target.closest(MOVED_BY_ARROWS) !== null) return
      const name = `${isWish ? 'Mod+' : ''}${event.shiftKey && key.length > 1 ? 'Shift+' : ''}${key}`
      const found = current.current.find(([each]) => each === name)
      if (found === undefined) return
      event.preventDefault()
      found[1]()
    }
    addEventListener('keydown', onKeyDown)
    return () => removeEventListener('keydown', onKeyDown)
  }, [pressedIn])
}
