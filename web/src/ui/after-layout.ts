/**
 * Acts once the browser has laid out the page for the next frame, before it is drawn: what is measured there costs nothing,
 * while measuring right after a change makes the page be laid out for that alone.
 * @param element any that is laid out; nothing happens while it is not in the page
 * @returns how to give it up
 */
export function afterLayout(element: Element, act: () => void): () => void {
  // An observer hears of an element for the first time in just this place, whatever its size.
  const observer = new ResizeObserver(() => {
    observer.disconnect()
    act()
  })
  observer.observe(element)
  return () => observer.disconnect()
}
