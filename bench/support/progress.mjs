/**
 * One line that changes, on a terminal; elsewhere a line for each thing that is new, numbers aside.
 * @param {NodeJS.WriteStream} stream
 */
export function createProgress(stream) {
  const isTerminal = stream.isTTY === true
  let shown = ''
  return {
    say: (/** @type {string} */ text) => {
      if (isTerminal) {
        stream.write(`\r\x1b[K  … ${text.slice(0, Math.max(20, (stream.columns ?? 80) - 6))}`)
        return
      }
      const kind = text.replace(/: \d+ of \d+ (edits|events)$/, '')
      if (kind !== shown) stream.write(`  … ${kind}\n`)
      shown = kind
    },
    clear: () => {
      if (isTerminal) stream.write('\r\x1b[K')
    },
  }
}
