import type { editor } from 'monaco-editor'

/** What the browser pasted or dropped into an editor last. */
export interface LastBrought {
  /** How it came, if this event is what puts it into the text. */
  take(event: Pick<editor.IModelContentChangedEvent, 'changes'>): 'paste' | 'drop' | undefined
  stop(): void
}

/** Monaco puts in what is dropped, and some of what is pasted, some time later, and then does not say how it came. */
const LATER_MS = 5000

export function lastBroughtInto(dom: HTMLElement): LastBrought {
  const listening = new AbortController()
  let last: { how: 'paste' | 'drop'; word: string; atMs: number } | undefined
  const onBrought = (event: Event) => {
    const { type, clipboardData, dataTransfer } = event as ClipboardEvent & DragEvent
    // Line breaks and indentation may change on the way; a word does not.
    const [word] = /\S+/.exec((clipboardData ?? dataTransfer)?.getData('text/plain') ?? '') ?? []
    last = word ? { how: type as 'paste' | 'drop', word, atMs: performance.now() } : undefined
  }
  for (const type of ['paste', 'drop']) {
    dom.addEventListener(type, onBrought, { signal: listening.signal, capture: true })
  }
  return {
    take({ changes }) {
      if (!last || performance.now() - last.atMs > LATER_MS) return undefined
      const { how, word } = last
      if (!changes.some(({ text }) => text.includes(word))) return undefined
      last = undefined
      return how
    },
    stop: () => listening.abort(),
  }
}
