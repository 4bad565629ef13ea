import type { ReactNode } from 'react'
import { type RichBlock, type RichSpan, richBlocks } from './rich-text.js'

interface RichTextProps {
  text: string
  /** What stands beside a block of code, such as a button; not beside one that is still being written. */
  codeActions?: (code: string) => ReactNode
}

export function RichText({ text, codeActions }: RichTextProps) {
  return (
    <div className="rich theirs">
      {richBlocks(text).map((block, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: blocks have no identity but their place
        <Block key={i} block={block} codeActions={codeActions} />
      ))}
    </div>
  )
}

function Block({ block, codeActions }: { block: RichBlock; codeActions: RichTextProps['codeActions'] }) {
  switch (block.kind) {
    case 'code':
      return (
        <figure className="rich-code">
          <pre>{block.text}</pre>
          {!block.isOpen && codeActions?.(block.text)}
        </figure>
      )
    case 'heading':
      return (
        <h3>
          <Spans spans={block.spans} />
        </h3>
      )
    case 'list': {
      const items = block.items.map((spans, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: as above
        <li key={i}>
          <Spans spans={spans} />
        </li>
      ))
      return block.isOrdered ? <ol>{items}</ol> : <ul>{items}</ul>
    }
    case 'text':
      return (
        <p>
          <Spans spans={block.spans} />
        </p>
      )
  }
}

const Spans = ({ spans }: { spans: readonly RichSpan[] }) =>
  spans.map(({ kind, text }, i) => {
    const key = i
    if (kind === 'code') return <code key={key}>{text}</code>
    return kind === 'strong' ? <strong key={key}>{text}</strong> : text
  })
