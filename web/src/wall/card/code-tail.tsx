import { memo, useMemo } from 'react'
import type { CodeExcerpt } from '../../../../protocol/socket-events.js'
import { oneLine } from '../../ui/visible-text.js'
import { codeLines } from './code-segments.js'
import { useColourer } from './use-colourer.js'

/** Of the code face at 12 px. */
const CHAR_PX = 7.2
const AROUND_PX = 24 + 40

interface CodeTailProps {
  /** null: nothing to show yet. */
  code: CodeExcerpt | null
  /** What to say then. */
  empty: string
  cardWidth: number
}

/** The lines around the caret, as they are typed. Text and nothing else, whatever is in it. */
export const CodeTail = memo(function CodeTail({ code, empty, cardWidth }: CodeTailProps) {
  return (
    <span className="tail" aria-hidden="true">
      {code === null ? (
        <span className="tail-empty">{empty}</span>
      ) : (
        <TailLines code={code} columns={Math.max(16, Math.floor((cardWidth - AROUND_PX) / CHAR_PX))} />
      )}
    </span>
  )
})

function TailLines({ code, columns }: { code: CodeExcerpt; columns: number }) {
  const colour = useColourer(code.path, code.language)
  const lines = useMemo(() => codeLines(code, columns, colour), [code, columns, colour])
  return (
    <>
      <span className="tail-path one-line">{oneLine(code.path)}</span>
      {lines.map(({ number, segments, caretAt }) => (
        <span key={number} className="tail-line" data-caret={caretAt !== null}>
          <span className="tail-number tabular">{number}</span>
          <span className="tail-text">
            {segments.map(({ text, className }, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a segment is its place in the line
              <span key={i} className={`${className}${caretAt === i ? ' tail-caret' : ''}`}>
                {text}
              </span>
            ))}
            {caretAt === segments.length && <span className="tail-caret" />}
          </span>
        </span>
      ))}
    </>
  )
}
