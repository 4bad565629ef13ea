import type { Terminal } from '@xterm/xterm'
import { pageNonce } from '../../ui/page-nonce.js'

// xterm knows nothing of content security policies: it writes its rules into style elements, and colours into style
// attributes. Here the elements get the page's nonce, and the attributes are set rule by rule, which a policy allows.
// Otherwise all of it would have to be allowed to whoever gets text into the page.

/** As `terminal.open(parent)`, with style elements that count. */
export function openStrictly(terminal: Terminal, parent: HTMLElement): void {
  HTMLElement.prototype.setAttribute = setAttribute
  Object.defineProperty(document, 'createElement', { value: createElement, configurable: true })
  try {
    terminal.open(parent)
  } finally {
    Reflect.deleteProperty(document, 'createElement')
  }
}

function createElement(name: string, options?: ElementCreationOptions): HTMLElement {
  const element = Document.prototype.createElement.call(document, name, options)
  if (name === 'style') element.nonce = pageNonce()
  return element
}

/** Does what Element's own does, and stays for all elements: xterm colours its cells whenever they are drawn. */
function setAttribute(this: HTMLElement, name: string, value: string): void {
  if (name === 'style') this.style.cssText = value
  else Element.prototype.setAttribute.call(this, name, value)
}
