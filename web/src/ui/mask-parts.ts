import { MASK_CHAR } from '../../../protocol/redaction.js'

export interface MaskPart {
  text: string
  /** Stands where a redaction took something out. */
  isMasked: boolean
}

/** Blocks over several words or lines are one run: between them nothing is seen. */
const RUN = new RegExp(`${MASK_CHAR}+(?:\\s+${MASK_CHAR}+)*`, 'g')

/** A text may be made of nothing but single blocks: beyond so many runs it stays as it is, so that a page bears it. */
const MAX_RUNS = 500

/** A text in parts, in order and without a hole: as it is, and runs of what redactions left. */
export function maskParts(text: string): MaskPart[] {
  const parts: MaskPart[] = []
  let from = 0
  let runCount = 0
  for (const { index, 0: run } of text.matchAll(RUN)) {
    if (runCount++ === MAX_RUNS) break
    if (index > from) parts.push({ text: text.slice(from, index), isMasked: false })
    from = index + run.length
    parts.push({ text: run, isMasked: true })
  }
  if (from < text.length) parts.push({ text: text.slice(from), isMasked: false })
  return parts
}
