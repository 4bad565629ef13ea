import type { SourceRow } from './durable-storage.js'
import type { OutboxEntry } from './outbox.js'

/**
 * What a page that is being left had not yet on disk. IndexedDB has no time to finish then; localStorage takes it before the
 * page goes. It blocks, so it is for this moment alone, and for as much as is worth it.
 */
export interface LastWords {
  row: SourceRow
  entries: readonly OutboxEntry[]
}

const PREFIX = 'interviewlm-recorder last words of '
/** A browser gives an origin some five million. */
const MOST_CHARS = 1_000_000

export function leaveLastWords(row: SourceRow, entries: readonly OutboxEntry[]): void {
  let chars = 0
  const fitting = entries.filter((entry) => {
    chars += entry.json.length
    return chars <= MOST_CHARS
  })
  quietly(() => localStorage.setItem(PREFIX + row.sourceId, JSON.stringify({ row, entries: fitting })))
}

export const forgetLastWords = (sourceId: string): void => {
  quietly(() => localStorage.removeItem(PREFIX + sourceId))
}

/** Of all page loads, or of one. */
export function lastWords(sourceId?: string): LastWords[] {
  const found: LastWords[] = []
  const add = (key: string) =>
    quietly(() => {
      const words: LastWords | null = JSON.parse(localStorage.getItem(key) ?? 'null')
      if (words !== null) found.push(words)
    })
  quietly(() => {
    if (sourceId !== undefined) add(PREFIX + sourceId)
    else for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) add(key)
  })
  return found
}

/** A storage that is closed to the page, full or spoilt leaves things as they would be without it. */
function quietly(run: () => void): void {
  try {
    run()
  } catch {}
}
