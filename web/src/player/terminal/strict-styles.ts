import type { Terminal } from '@xterm/xterm'

// xterm knows nothing of content security policies: it writes its rules into style elements, and colours into style
// attributes, and a policy would have to allow both to whoever gets text into the page. So it is given a document whose
// style elements fill constructed style sheets, and whose spans take their style rule by rule; both are always allowed,
// and both work below a shadow root.

/** As `terminal.open(parent)`, under whatever policy. `parent` must be in its page. */
export function openStrictly(terminal: Terminal, parent: HTMLElement): void {
  const strict = strictDocument(parent.getRootNode() as Document | ShadowRoot)
  terminal.options.documentOverride = strict
  terminal.open(parent)
  // What draws the cells is given the page's own document, whatever was said. No name for it is public; patching the
  // page's prototypes instead would reach into pages that are not ours. tests/console-policy.browser.test.ts watches it.
  const { _core } = terminal as unknown as WithRowFactory
  _core._renderService._renderer.value._rowFactory._document = strict
}

interface WithRowFactory {
  _core: { _renderService: { _renderer: { value: { _rowFactory: { _document: Document } } } } }
}

function strictDocument(root: Document | ShadowRoot): Document {
  const createElement = (name: string, options?: ElementCreationOptions): HTMLElement => {
    const element = document.createElement(name, options)
    if (name === 'style') fillSheetOf(root, element)
    // xterm colours its cells whenever they are drawn.
    if (name === 'span') element.setAttribute = setAttribute
    return element
  }
  return new Proxy(document, {
    get: (target, name) => {
      if (name === 'createElement') return createElement
      const value = Reflect.get(target, name) as unknown
      // The document's own functions take no stand-in for it.
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

/** The text of a style element becomes a style sheet of the root, until the element is removed. */
function fillSheetOf(root: Document | ShadowRoot, element: HTMLElement): void {
  const sheet = new CSSStyleSheet()
  Object.defineProperty(element, 'textContent', {
    set: (text: string) => {
      sheet.replaceSync(text)
      if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets.push(sheet)
    },
  })
  element.remove = () => {
    root.adoptedStyleSheets = root.adoptedStyleSheets.filter((each) => each !== sheet)
    Element.prototype.remove.call(element)
  }
}

/** Does what Element's own does, but a style goes past the attribute. */
function setAttribute(this: HTMLElement, name: string, value: string): void {
  if (name === 'style') this.style.cssText = value
  else Element.prototype.setAttribute.call(this, name, value)
}
