import type { Terminal } from '@xterm/xterm'

// xterm knows nothing of content security policies: it writes its rules into style elements, and colours into style
// attributes, and a policy would have to allow both to whoever gets text into the page. Here its rules go into constructed
// style sheets, and its colours are set rule by rule; both are always allowed, and both work below a shadow root.

type Root = Document | ShadowRoot

/** As `terminal.open(parent)`, under whatever policy. `parent` must be in its page. */
export function openStrictly(terminal: Terminal, parent: HTMLElement): void {
  const root = parent.getRootNode() as Root
  const createElement = (name: string, options?: ElementCreationOptions): HTMLElement =>
    name === 'style' ? filledSheetOf(root) : Document.prototype.createElement.call(document, name, options)
  // Its style elements are all made while it opens; then the page has its own function again.
  Object.defineProperty(document, 'createElement', { value: createElement, configurable: true })
  try {
    terminal.open(parent)
  } finally {
    Reflect.deleteProperty(document, 'createElement')
  }
  // Cells are coloured whenever they are drawn. No name for what draws them is public; a patch of the prototype would
  // reach into pages that are not ours. tests/console-policy.browser.test.ts sees when the names change.
  const { _core } = terminal as unknown as WithRowFactory
  _core._renderService._renderer.value._rowFactory._document = { createElement: strictSpan }
}

interface WithRowFactory {
  _core: {
    _renderService: {
      _renderer: { value: { _rowFactory: { _document: { createElement(name: string): HTMLElement } } } }
    }
  }
}

/**
 * Stands for a style element: its text becomes a style sheet of the root, until it is removed. Not a style element itself,
 * not even an empty one, since a policy would have to allow it.
 */
function filledSheetOf(root: Root): HTMLElement {
  const element = Document.prototype.createElement.call(document, 'template')
  const sheet = new CSSStyleSheet()
  let written = ''
  Object.defineProperty(element, 'textContent', {
    set: (text: string) => {
      // It is written anew at each change of size, and a sheet that was written makes all of its root be styled again.
      if (text !== written) sheet.replaceSync(text)
      written = text
      if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets.push(sheet)
    },
  })
  element.remove = () => {
    root.adoptedStyleSheets = root.adoptedStyleSheets.filter((each) => each !== sheet)
    Element.prototype.remove.call(element)
  }
  return element
}

function strictSpan(name: string): HTMLElement {
  const element = document.createElement(name)
  element.setAttribute = setAttribute
  return element
}

/** Does what Element's own does, but a style goes past the attribute. */
function setAttribute(this: HTMLElement, name: string, value: string): void {
  if (name === 'style') this.style.cssText = value
  else Element.prototype.setAttribute.call(this, name, value)
}
