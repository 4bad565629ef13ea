import type { TerminalStep } from '../../../../replay/index.js'

/** What a screen is fed to come to the end of `steps`, when only the last `maxChars` characters are written. */
export interface LastSteps {
  steps: TerminalStep[]
  leftOutChars: number
}

/**
 * The end of a long output. A screen holds a few thousand lines, so what lies far before them shows nowhere; writing all
 * of it would take seconds. Sizes are kept: the last one before the cut still holds.
 */
export function lastSteps(steps: readonly TerminalStep[], maxChars: number): LastSteps {
  let chars = 0
  let first = steps.length
  while (first > 0) {
    const step = steps[first - 1] as TerminalStep
    if (step.kind === 'write' && chars + step.data.length > maxChars) break
    if (step.kind === 'write') chars += step.data.length
    first -= 1
  }
  const before = steps.slice(0, first)
  let leftOutChars = before.reduce((sum, step) => sum + (step.kind === 'write' ? step.data.length : 0), 0)
  const kept = steps.slice(first)
  // One piece may be longer than all that is written.
  const cut = steps[first - 1]
  if (cut?.kind === 'write' && chars < maxChars) {
    kept.unshift({ kind: 'write', data: cut.data.slice(chars - maxChars) })
    leftOutChars -= maxChars - chars
  }
  const size = before.findLast((step) => step.kind === 'resize')
  return { steps: size === undefined ? kept : [size, ...kept], leftOutChars }
}
