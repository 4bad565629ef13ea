/** What the task and the answers are made of, as far as it is told apart. Nothing in it is ever markup. */
export type RichBlock =
  | { kind: 'code'; text: string; language: string | null; isOpen: boolean }
  | { kind: 'heading'; spans: RichSpan[] }
  | { kind: 'list'; isOrdered: boolean; items: RichSpan[][] }
  | { kind: 'text'; spans: RichSpan[] }

export interface RichSpan {
  kind: 'plain' | 'code' | 'strong'
  text: string
}

const FENCE = /^ {0,3}```[ \t]*([\w+#.-]*)/
const ITEM = /^ {0,3}(?:[-*]|(\d+)[.)]) +(.*)$/

/** The little of Markdown that the page shows. An open fence, as of an answer under way, reaches to the end. */
export function richBlocks(text: string): RichBlock[] {
  const blocks: RichBlock[] = []
  const lines = text.split('\n')
  let paragraph: string[] = []
  const endParagraph = () => {
    if (paragraph.length > 0) blocks.push({ kind: 'text', spans: spansOf(paragraph.join(' ')) })
    paragraph = []
  }
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] as string
    const fence = FENCE.exec(line)
    const item = ITEM.exec(line)
    const heading = /^#{1,6} +(.*)$/.exec(line)
    if (fence !== null) {
      endParagraph()
      const end = lines.findIndex((each, j) => j > i && /^ {0,3}```\s*$/.test(each))
      const code = lines.slice(i + 1, end === -1 ? undefined : end)
      blocks.push({ kind: 'code', text: code.join('\n'), language: fence[1] || null, isOpen: end === -1 })
      i = end === -1 ? lines.length : end
    } else if (heading !== null) {
      endParagraph()
      blocks.push({ kind: 'heading', spans: spansOf(heading[1] ?? '') })
    } else if (item !== null) {
      endParagraph()
      const isOrdered = item[1] !== undefined
      const last = blocks.at(-1)
      const spans = spansOf(item[2] ?? '')
      // A blank line between items does not end their list.
      if (last?.kind === 'list' && last.isOrdered === isOrdered) last.items.push(spans)
      else blocks.push({ kind: 'list', isOrdered, items: [spans] })
    } else if (line.trim() === '') endParagraph()
    else paragraph.push(line.trim())
  }
  endParagraph()
  return blocks
}

function spansOf(text: string): RichSpan[] {
  return text
    .split(/(`[^`]+`|\*\*[^*]+\*\*)/)
    .filter((piece) => piece !== '')
    .map((piece): RichSpan => {
      if (/^`.+`$/.test(piece)) return { kind: 'code', text: piece.slice(1, -1) }
      if (/^\*\*.+\*\*$/.test(piece)) return { kind: 'strong', text: piece.slice(2, -2) }
      return { kind: 'plain', text: piece }
    })
}
