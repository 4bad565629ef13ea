/** What a chat turn is made of, as far as the console tells it apart. Nothing in it is ever markup. */
export type ChatBlock =
  | { kind: 'code'; text: string; language: string | null }
  | { kind: 'text'; spans: ChatSpan[] }

export interface ChatSpan {
  kind: 'plain' | 'code' | 'strong'
  text: string
}

const FENCE = /^ {0,3}(`{3,}|~{3,})/

/** Splits a turn into fenced code and running text with `inline code` and **strong** words. An open fence reaches to the end. */
export function chatBlocks(content: string): ChatBlock[] {
  const blocks: ChatBlock[] = []
  let lines: string[] = []
  let fence: Fence | null = null
  const flush = () => {
    const text = lines.join('\n')
    lines = []
    if (fence !== null) blocks.push({ kind: 'code', text, language: fence.language })
    else if (text.trim() !== '') blocks.push({ kind: 'text', spans: spansOf(withoutOuterLineEnds(text)) })
  }
  for (const line of content.split('\n')) {
    const found = fenceOf(line)
    if (found !== null && fence === null) {
      flush()
      fence = found
    } else if (fence !== null && found !== null && isEndOf(fence, found.mark, line)) {
      flush()
      fence = null
    } else lines.push(line)
  }
  if (lines.length > 0 || fence !== null) flush()
  return blocks
}

interface Fence {
  mark: string
  language: string | null
}

// A line is as long as its writer likes: what looks at it takes time in proportion to its length, and no more.
function fenceOf(line: string): Fence | null {
  const match = FENCE.exec(line)
  if (match?.[1] === undefined) return null
  const info = line.slice(match[0].length)
  if (info.includes('`')) return null
  return { mark: match[1], language: /^[\w+#.-]+/.exec(info.trimStart())?.[0] ?? null }
}

/** A fence is closed by one of at least its length, alone on its line. */
const isEndOf = (fence: Fence, mark: string, line: string): boolean =>
  mark.startsWith(fence.mark) && line.trim() === mark

function withoutOuterLineEnds(text: string): string {
  let [from, to] = [0, text.length]
  while (text[from] === '\n') from++
  while (to > from && text[to - 1] === '\n') to--
  return text.slice(from, to)
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
