/**
 * The keys that are meant for a player in a page: those pressed in it, and, while the pointer is over it, those that are
 * pressed nowhere in particular. Answers the element that a key was pressed in, null for all other keys.
 */
export function keysOf(
  player: HTMLElement,
): [pressedIn: (event: KeyboardEvent) => Element | null, stop: () => void] {
  let hasPointer = false
  const enter = () => {
    hasPointer = true
  }
  const leave = () => {
    hasPointer = false
  }
  player.addEventListener('pointerenter', enter)
  player.addEventListener('pointerleave', leave)
  const pressedIn = (event: KeyboardEvent) => {
    const path = event.composedPath()
    // Within the shadow root: to the page's listeners, whatever is in it is the player itself.
    if (path.includes(player)) return path[0] as Element
    const isNowhere = path[0] === document.body || path[0] === document.documentElement
    return hasPointer && isNowhere ? document.body : null
  }
  const stop = () => {
    player.removeEventListener('pointerenter', enter)
    player.removeEventListener('pointerleave', leave)
  }
  return [pressedIn, stop]
}
