import { maskParts } from './mask-parts.js'

/** Text in which what a redaction left is quieter than the words around it, as it is in code. */
export const MaskedText = ({ text }: { text: string }) =>
  maskParts(text).map((part, i) =>
    part.isMasked ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: parts have no identity but their place
      <span key={i} className="masked">
        {part.text}
      </span>
    ) : (
      part.text
    ),
  )
