/** What a chat turn is made of, as far as the console tells it apart. Nothing in it is ever markup. */
export type ChatBlock =
  | { kind: 'code'; text: string; language: string | null }
  | { kind: 'text'; spans: ChatSpan[] }

export interface ChatSpan {
  kind: 'plain' | 'code' | 'strong'
  text: string
}

const FENCE = /^ {0,3}(```+|~~~+)[ \t]*([\w+#.-]*)[^\n`]*$/

/** Splits a turn into fenced code and running text with `inline code` and **strong** words. An open fence reaches to the end. */
export function chatBlocks(content: string): ChatBlock[] {
  const blocks: ChatBlock[] = []
  let lines: string[] = []
  let fence: { mark: string; language: string | null } | null = null
  const flush = () => {
    const text = lines.join('\n')
    lines = []
    if (fence !== null) blocks.push({ kind: 'code', text, language: fence.language })
    else if (text.trim() !== '') blocks.push({ kind: 'text', spans: spansOf(text.replace(/^\n+|\n+$/g, '')) })
  }
  for (const line of content.split('\n')) {
    const match = FENCE.exec(line)
    const mark = match?.[1]
    if (mark !== undefined && fence === null) {
      flush()
      fence = { mark, language: match?.[2] || null }
    } else if (fence !== null && line.trim().startsWith(fence.mark) && line.trim() === mark) {
      flush()
      fence = null
    } else lines.push(line)
  }
  if (lines.length > 0 || fence !== null) flush()
  return blocks
}

function spansOf(text: string): ChatSpan[] {
  return text
    .split(/(`[^`\n]+`|\*\*[^*\n]+\*\*)/)
    .map((piece): ChatSpan => {
      if (/^`.+`$/.test(piece)) return { kind: 'code', text: piece.slice(1, -1) }
      if (/^\*\*.+\*\*$/.test(piece)) return { kind: 'strong', text: piece.slice(2, -2) }
      return { kind: 'plain', text: piece }
    })
    .filter((span) => span.text !== '')
}
